#!/bin/sh
# Make the role and the database, once, when PostgreSQL starts on an empty folder. The role owns its database and
# nothing else. Its password is read from a file, so that it is in no command line and in no environment.
set -eu

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set password="$(cat "${LAMPLIT_PASSWORD_FILE:-/run/secrets/postgres_password}")" <<'EOF'
CREATE ROLE lamplit LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE lamplit OWNER lamplit ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE lamplit FROM PUBLIC;
EOF
