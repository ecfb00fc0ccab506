"""Modules that a library imports by a name that it is given, where calls and texts in source tell which."""

from __future__ import annotations

# What is called -> the library that has it, and the modules of which it takes the first that is installed.
_CALLS = {
    "read_parquet": ("pandas", ("pyarrow", "fastparquet")),
    "to_parquet": ("pandas", ("pyarrow", "fastparquet")),
    "read_feather": ("pandas", ("pyarrow",)),
    "to_feather": ("pandas", ("pyarrow",)),
    "read_orc": ("pandas", ("pyarrow",)),
    "read_excel": ("pandas", ("openpyxl",)),
    "to_excel": ("pandas", ("xlsxwriter", "openpyxl")),
    "read_hdf": ("pandas", ("tables",)),
    "to_hdf": ("pandas", ("tables",)),
    "read_html": ("pandas", ("lxml",)),
    "read_xml": ("pandas", ("lxml",)),
    "to_markdown": ("pandas", ("tabulate",)),
}
# The beginning of a URL in a text -> the same.
_URLS = {
    "postgresql+psycopg": ("sqlalchemy", ("psycopg",)),
    "postgresql+psycopg2": ("sqlalchemy", ("psycopg2",)),
    "postgresql": ("sqlalchemy", ("psycopg2",)),
    "postgresql+asyncpg": ("sqlalchemy", ("asyncpg",)),
    "postgresql+pg8000": ("sqlalchemy", ("pg8000",)),
    "mysql+pymysql": ("sqlalchemy", ("pymysql",)),
    "mysql+mysqldb": ("sqlalchemy", ("MySQLdb",)),
    "mysql": ("sqlalchemy", ("MySQLdb",)),
    "mssql+pyodbc": ("sqlalchemy", ("pyodbc",)),
    "oracle+oracledb": ("sqlalchemy", ("oracledb",)),
    "sqlite+aiosqlite": ("sqlalchemy", ("aiosqlite",)),
    "duckdb": ("sqlalchemy", ("duckdb_engine",)),
    "snowflake": ("sqlalchemy", ("snowflake.sqlalchemy",)),
    "bigquery": ("sqlalchemy", ("sqlalchemy_bigquery",)),
    "s3": ("fsspec", ("s3fs",)),
    "gs": ("fsspec", ("gcsfs",)),
    "gcs": ("fsspec", ("gcsfs",)),
    "abfs": ("fsspec", ("adlfs",)),
    "abfss": ("fsspec", ("adlfs",)),
    "az": ("fsspec", ("adlfs",)),
}
# Libraries that hand URLs on to fsspec.
_OPENERS = {"fsspec": ("fsspec", "pandas", "dask", "polars", "pyarrow")}


def of_call(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """For something that is called: the libraries that may be meant, and the modules that those then import."""
    library, modules = _CALLS.get(name, ("", ()))
    return ((library,) if library else (), modules)


def of_text(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The same for a text that may be a URL."""
    scheme, separator, _ = text.partition("://")
    library, modules = _URLS.get(scheme, ("", ())) if separator else ("", ())
    return (_OPENERS.get(library, (library,)) if library else (), modules)
