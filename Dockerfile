# reconciler and git, run as a user without privileges:
#
#     docker build --tag reconciler .
#     docker run --rm --volume "$PWD:/roles:ro" reconciler validate
#     docker run --rm --volume "$PWD:/roles:ro" --env OMNISTREAM_URL --env OMNISTREAM_API_KEY reconciler plan

# By version: no digest of it is known here. A registry's own digest can be put behind it: @sha256:...
FROM python:3.13-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
COPY requirements/build.txt requirements/runtime.txt requirements/
# The environment that is kept has no pip in it; the one that builds stays behind in this stage.
RUN python -m venv --without-pip /opt/reconciler \
 && python -m pip --python /opt/reconciler/bin/python install --no-deps --require-hashes \
    --requirement requirements/runtime.txt \
 && python -m venv /opt/build \
 && /opt/build/bin/python -m pip install --no-deps --require-hashes --requirement requirements/build.txt
COPY LICENSE README.md pyproject.toml ./
COPY reconciler reconciler
COPY roles.d roles.d
COPY permissions.lock.yaml policies.yaml ./
RUN /opt/build/bin/hatchling build --target wheel --directory /wheel \
 && python -m pip --python /opt/reconciler/bin/python install --no-deps --no-index /wheel/*.whl

FROM python:3.13-slim-bookworm

LABEL org.opencontainers.image.title="reconciler" \
      org.opencontainers.image.description="Keeps the custom roles of an OmniStream tenant as YAML files" \
      org.opencontainers.image.licenses="Apache-2.0"

# git answers `plan --base` and says which commit a plan was made from.
RUN apt-get update -qq \
 && apt-get install -qq --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin reconciler
COPY --from=build /opt/reconciler /opt/reconciler

# A mounted checkout belongs to another user, so git would not trust it. reconciler only reads objects of it.
ENV PATH="/opt/reconciler/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="*"
USER 10001
WORKDIR /roles
ENTRYPOINT ["reconciler"]
CMD ["--help"]
