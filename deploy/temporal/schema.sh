#!/bin/sh
# Creates Temporal's two databases and brings each schema to the version of this image. Safe to run again.
# Where and as whom comes from SQL_*: the password is read from the environment, so that `ps` never shows it.
set -eu

: "${SQL_PLUGIN:?}" "${SQL_HOST:?}" "${SQL_PORT:?}" "${SQL_USER:?}" "${SQL_PASSWORD:?}"

schemas=/etc/temporal/schema/postgresql/v12

prepare() {
    database=$1
    directory=$2
    echo "Preparing database $database"
    temporal-sql-tool --database "$database" create
    temporal-sql-tool --database "$database" setup-schema --version 0.0
    temporal-sql-tool --database "$database" update-schema --schema-dir "$schemas/$directory/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
