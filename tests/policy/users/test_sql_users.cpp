#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "calendar/delivery/state/database.h"
#include "policy/users/sql_query.h"
#include "policy/users/sql_rows.h"
#include "tests/policy/users/sql_users.h"
#include "tests/support/process.h"

namespace {

using namespace std::chrono_literals;
using calendar::delivery::Database;
using policy::users::make_sql;
using policy::users::SqlOptions;
using policy::users::SqlRow;
using tests::find;
using tests::said;

const std::string columns = "SELECT u.name AS user, a.address, u.preset, u.backend, u.timezone ";
const std::string tables = "FROM users u JOIN addresses a ON a.name = u.name ";
const std::string all_of_his =
    columns + tables + "WHERE u.name IN (SELECT name FROM addresses WHERE address = :address) ORDER BY a.rowid";

/// A database of users in a folder of its own.
struct Users {
    tests::TemporaryFolder folder;
    std::string url = "sqlite:" + (folder.path() / "users of ours.db").string();

    Users() {
        Database database(url);
        database.run("CREATE TABLE users (name TEXT, preset TEXT, backend TEXT, timezone TEXT, number INTEGER)");
        database.run("CREATE TABLE addresses (name VARCHAR(20), address TEXT)");
        database.run(
            "INSERT INTO users VALUES ('bob', 'known', 'dav', 'Europe/Berlin', 1), ('alice', NULL, NULL, NULL, 2)");
        for (const char* row : {"'bob', 'bob@example.com'", "'bob', 'Robert@Example.COM'", "'bob', 'no address'",
                                "'bob', NULL", "'bob', 'BOB@example.com'", "'alice', 'alice@example.com'"})
            database.run(std::string("INSERT INTO addresses VALUES (") + row + ")");
    }

    std::string find(const std::string& query, const std::string& address) const {
        return tests::find(*make_sql(options(query)), address);
    }
    SqlOptions options(const std::string& query) const {
        SqlOptions options;
        options.database = url;
        options.query = policy::users::read_sql_query(query).value();
        return options;
    }
};

std::string read(const std::string& text) {
    const auto query = policy::users::read_sql_query(text);
    if (!query) return "error: " + query.error();
    std::string names;
    for (const auto name : query->parameters)
        names += (names.empty() ? "" : " ") + std::string(name);
    return names + " | " + query->text;
}

}  // namespace

TEST_CASE("a query is read") {
    struct Row {
        const char* sentence;
        const char* query;
        const char* want;
    };
    const std::string without_address =
        "error: must contain :address or :local; otherwise every address finds the same user";
    const Row rows[] = {
        {"with one parameter", "SELECT :address", "address | SELECT :address"},
        {"each parameter counts once", "select :local, :domain,:local", "local domain | select :local, :domain,:local"},
        {"a cast is no parameter", "SELECT :local::text, x::date", "local | SELECT :local::text, x::date"},
        {"quoted texts and names are left alone", "SELECT ':x;--', 'it''s :y', \":z/*\", :local",
         "local | SELECT ':x;--', 'it''s :y', \":z/*\", :local"},
        {"a comment goes, whatever it holds", "SELECT -- the user's: name\n:local /* :x '; */ FROM t -- end",
         "local | SELECT  \n:local   FROM t  "},
        {"a comment may stand in front", "-- who\n  With x AS (SELECT :local) SELECT 1",
         "local |  \n  With x AS (SELECT :local) SELECT 1"},
        {"a semicolon ends it", "SELECT :local; -- end\n", "local | SELECT :local   \n"},
        {"a second statement is refused", "SELECT :local; DROP TABLE users", "error: must be a single statement"},
        {"a second parameter behind the end too", "SELECT :local; :local", "error: must be a single statement"},
        {"an unknown parameter is named", "SELECT :adress",
         "error: has the unknown parameter :adress; valid parameters: :address, :local, :domain"},
        {"a longer name is another one", "SELECT :addresses",
         "error: has the unknown parameter :addresses; valid parameters: :address, :local, :domain"},
        {"a lone colon is no parameter", "SELECT a[1:2]",
         "error: has the unknown parameter :2; valid parameters: :address, :local, :domain"},
        {"a quote without an end", "SELECT :local, 'x", "error: has an unclosed quote or comment"},
        {"a comment without an end", "SELECT :local /*/", "error: has an unclosed quote or comment"},
        {"it asks", "DELETE FROM users WHERE name = :local", "error: must start with SELECT or WITH"},
        {"a word that only begins so", "SELECTED :local", "error: must start with SELECT or WITH"},
        {"nothing at all", "", "error: must start with SELECT or WITH"},
        {"without the address", "SELECT :domain", without_address.c_str()},
        {"the address in a comment only", "SELECT 1 -- :address", without_address.c_str()},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.sentence));
        CHECK(read(row.query) == row.want);
    }
}

TEST_CASE("rows tell of one user or several") {
    const SqlRow bob{{"user", "bob"}, {"address", "bob@example.com"}};
    const auto with = [&](const std::string& column, const std::string& text) {
        SqlRow row = bob;
        row[column] = text;
        return row;
    };
    struct Row {
        const char* sentence;
        std::vector<SqlRow> rows;
        const char* want;
    };
    const std::string not_a_line = "error: the user, preset, backend or timezone is not one line of at most 100 bytes";
    const std::string long_name = std::string(100, 'b');
    const std::string long_answer = long_name + ": bob@example.com";
    const Row rows[] = {
        {"no row is nobody", {}, "nobody"},
        {"a row an address, each once",
         {bob, with("address", "Bob@Example.com"), with("address", "b@example.com")},
         "bob: bob@example.com b@example.com"},
        {"the rest from the first row", {with("preset", "x"), with("preset", "y")}, "bob preset=x: bob@example.com"},
        {"what is no address is left out", {with("address", ""), with("address", "bob")}, "bob:"},
        {"several users, each with the rest from their own first row",
         {bob, with("user", "Bob"), {{"user", "bob"}, {"address", "b@example.com"}, {"preset", "late"}}},
         "bob: bob@example.com b@example.com; Bob: bob@example.com"},
        {"one of several without a name", {bob, with("user", "")}, "error: the user has no name"},
        {"no name", {with("user", "")}, "error: the user has no name"},
        {"the longest name", {with("user", long_name)}, long_answer.c_str()},
        {"a longer one", {with("user", long_name + "b")}, not_a_line.c_str()},
        {"a name of two lines", {with("user", "bob\nX: y")}, not_a_line.c_str()},
        {"a preset that is no line", {with("preset", "a\tb")}, not_a_line.c_str()},
        {"a backend that is no line", {with("backend", "\x7f")}, not_a_line.c_str()},
        {"a zone that is too long", {with("timezone", long_name + "b")}, not_a_line.c_str()},
        {"as many rows as there may be", std::vector<SqlRow>(5000, bob), "bob: bob@example.com"},
        {"more", std::vector<SqlRow>(5001, bob), "error: more than 5000 rows for one address"},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.sentence));
        CHECK(said(policy::users::users_of(row.rows)) == row.want);
    }
}

TEST_CASE("users out of an SQLite file") {
    struct Row {
        const char* sentence;
        std::string query;
        const char* address;
        std::string want;
    };
    const Users users;
    const std::string bob = "bob preset=known backend=dav timezone=Europe/Berlin: bob@example.com robert@example.com";
    const std::string alice = "alice: alice@example.com";
    const auto error = [&](const std::string& sentence) { return "error: " + users.url + ": " + sentence; };
    const Row rows[] = {
        {"by his address", all_of_his, "bob@example.com", bob},
        {"NULL is as nothing", all_of_his, "alice@example.com", alice},
        {"nobody", all_of_his, "carol@example.com", "nobody"},
        {"by the halves, each more than once",
         columns + tables + "WHERE u.name = :local AND a.address = :local || '@' || :domain AND :domain <> 'x'",
         "alice@example.com", alice},
        {"a quote is only text", all_of_his, "x'/**/or/**/'1'='1'--@example.com", "nobody"},
        {"what stands for anything in LIKE is only text", all_of_his, "%@example.com", "nobody"},
        {"the names of columns without regard to case", "SELECT 'bob' AS USER, :address AS Address", "b@example.com",
         "bob: b@example.com"},
        {"columns that are not known are not looked at", "SELECT 'bob' AS user, :address AS address, number FROM users",
         "b@example.com", "bob: b@example.com"},
        {"several users", columns + tables + "WHERE :address <> '' AND a.address LIKE '%@example.com'", "x@example.com",
         "bob preset=known backend=dav timezone=Europe/Berlin: bob@example.com robert@example.com; " + alice},
        {"too many rows",
         "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 'bob' AS user, x || :address AS "
         "address FROM n",
         "x@example.com", error("more than 5000 rows for one address")},
        {"without the column", "SELECT 'bob' AS user, :address AS mail", "b@example.com",
         error("the query returned no column 'address'")},
        {"a column that is no text", "SELECT number AS user, :address AS address FROM users", "b@example.com",
         error("column 'user' is not text; cast it to text")},
        {"an unknown table", "SELECT * FROM nowhere WHERE x = :address", "b@example.com",
         error("sqlite3_statement_backend::prepare: no such table: nowhere")},
        {"an error about a value does not show it", "SELECT json_extract('{}', :address) AS user, '' AS address",
         "secret@example.com", error("SQLite error 1")},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.sentence));
        CHECK(users.find(row.query, row.address) == row.want);
    }
    CHECK(users.find(all_of_his, "bob@example.com") == bob);
}

TEST_CASE("an SQLite file that is not there is not made, and one that comes is read") {
    Users users;
    const auto file = users.url.substr(7);
    std::filesystem::rename(file, file + ".away");
    CHECK(users.find(all_of_his, "bob@example.com") ==
          "error: " + users.url + ": Cannot establish connection to the database. unable to open database file");
    CHECK_FALSE(std::filesystem::exists(file));

    std::filesystem::rename(file + ".away", file);
    const auto source = make_sql(users.options(all_of_his));
    CHECK(find(*source, "carol@example.com") == "nobody");
    std::filesystem::copy_file(file, file + ".new");
    Database("sqlite:" + file + ".new").run("UPDATE addresses SET address = 'carol@example.com' WHERE name = 'alice'");
    std::filesystem::rename(file + ".new", file);
    CHECK(find(*source, "carol@example.com") == "alice: carol@example.com");
}

TEST_CASE("a question whose time is over is a failure of its own") {
    const Users users;
    const auto source = make_sql(users.options(all_of_his));
    CHECK(find(*source, "bob@example.com", -1s) == "error: " + users.url + ": no time left to ask");
    CHECK(find(*source, "alice@example.com") == "alice: alice@example.com");
}

TEST_CASE("what cannot be used at all is said at the start") {
    Users users;
    auto options = users.options(all_of_his);
    options.database = "postgresql://milter@127.0.0.1/mail";
    options.password_file = users.folder.path() / "password";
    CHECK_THROWS_WITH(
        make_sql(options),
        ("cannot read password file " + options.password_file->string() + ": No such file or directory").c_str());
    tests::write_text(*options.password_file, std::string("pass\0word\n", 10));
    CHECK_THROWS_WITH(make_sql(options),
                      ("password file " + options.password_file->string() + " contains a NUL").c_str());
}
