"""What was done before: journals are read, and a plan is made that undoes them."""
