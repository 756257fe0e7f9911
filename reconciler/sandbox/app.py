"""The HTTP side of the sandbox: the contract's six operations, errors as `{"error": "..."}`, a page at `/docs`."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import FastAPI, Path, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.security import APIKeyHeader
from starlette.exceptions import HTTPException
from starlette.routing import Match

from reconciler.model.inert import visible
from reconciler.sandbox.catalogue import CATALOGUE
from reconciler.sandbox.guard import Guard, Keys
from reconciler.sandbox.page import docs_page
from reconciler.sandbox.schemas import Deleted, Error, Permission, Role, RoleCreate, RoleUpdate
from reconciler.sandbox.store import Declined, Patch, Store

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_FAILURE: dict[int | str, dict[str, Any]] = {"default": {"model": Error, "description": "Any failure."}}


def create_app(store: Store, keys: Keys) -> FastAPI:
    """Return the application over `store`, for clients with one of `keys`. It does not close `store`."""
    app = FastAPI(
        title="OmniStream CRM API - roles and permissions (sandbox)",
        version="2026-11",
        docs_url=None,  # FastAPI's own pages load their scripts from the network
        redoc_url=None,
        redirect_slashes=False,
        responses=_FAILURE,
        # Only for the schema; `Guard` asks for the key.
        dependencies=[Security(APIKeyHeader(name="X-API-Key", scheme_name="apiKey", auto_error=False))],
    )
    app.add_middleware(Guard, keys=keys)
    _add_roles(app, store)
    _add_pages(app, store)
    _add_errors(app)
    return app


def _add_roles(app: FastAPI, store: Store) -> None:
    """Add the six operations. Each returns a response directly: the store's rows have the right shape already."""

    @app.get("/api/roles", operation_id="listRoles", response_model=list[Role])
    def list_roles() -> JSONResponse:
        """All roles of the tenant, system and custom, with their permission codes. Needs `agents.view`."""
        return JSONResponse(store.roles())

    @app.post("/api/roles", operation_id="createRole", response_model=Role, status_code=201)
    def create_role(body: RoleCreate) -> JSONResponse:
        """Create a custom role. Needs `agents.manage`."""
        return JSONResponse(store.create(body.name, body.description, body.permissions), 201)

    @app.get("/api/roles/{id}", operation_id="getRole", response_model=Role)
    def get_role(identity: Annotated[UUID, Path(alias="id")]) -> JSONResponse:
        """One role with its permission codes. Needs `agents.view`."""
        return JSONResponse(store.role(str(identity)))

    @app.patch("/api/roles/{id}", operation_id="updateRole", response_model=Role)
    def update_role(identity: Annotated[UUID, Path(alias="id")], body: RoleUpdate) -> JSONResponse:
        """Change a role; what is left out stays as it is, `permissions` replaces the list. Needs `agents.manage`."""
        return JSONResponse(store.update(str(identity), cast("Patch", body.model_dump(exclude_unset=True))))

    @app.delete("/api/roles/{id}", operation_id="deleteRole", response_model=Deleted)
    def delete_role(identity: Annotated[UUID, Path(alias="id")]) -> JSONResponse:
        """Delete a custom role that no agent has. Needs `agents.manage`."""
        store.delete(str(identity))
        return JSONResponse({"message": "The role is gone.", "role_id": str(identity)})

    @app.get("/api/permissions", operation_id="listPermissions", response_model=list[Permission])
    def list_permissions() -> JSONResponse:
        """Every permission that a role can be given, ordered by category, then code. Needs `agents.view`."""
        return JSONResponse(CATALOGUE)


def _add_pages(app: FastAPI, store: Store) -> None:
    @app.get("/docs", include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:
        # The address that was bound: the client chooses the Host header.
        host, port = request.scope["server"]
        page = docs_page(f"http://{host}:{port}", app.openapi(), store.roles(), store.holders())
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Declined)
    def declined(_: Request, error: Declined) -> JSONResponse:
        return JSONResponse({"error": str(error)}, error.status)

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        if _asks_for_a_page(request):
            return RedirectResponse("/docs")
        headers = dict(error.headers or {})
        if error.status_code == 405:  # noqa: PLR2004 - Method Not Allowed
            headers["Allow"] = ", ".join(_methods(app, request))  # of every route of the path, not of the first one
        return JSONResponse({"error": f"{error.detail}."}, error.status_code, headers)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        problems = (f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
        return JSONResponse({"error": visible("; ".join(problems))}, 422)

    @app.exception_handler(sqlite3.Error)
    def storage(_: Request, error: sqlite3.Error) -> JSONResponse:
        return JSONResponse({"error": f"The sandbox's database failed: {error}"}, 503)


def _asks_for_a_page(request: Request) -> bool:
    """Return whether a browser opened the base URL. It has no route, so other requests there get 404 as ever."""
    return request.method == "GET" and request.url.path == "/" and "text/html" in request.headers.get("accept", "")


def _methods(app: FastAPI, request: Request) -> list[str]:
    found: set[str] = set()
    for route in app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return sorted(found)
