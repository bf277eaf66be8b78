#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "calendar/base/printable.h"
#include "calendar/base/template.h"
#include "calendar/base/text.h"
#include "calendar/base/threads/background.h"
#include "calendar/base/threads/pool.h"
#include "calendar/net/circuit_breaker.h"
#include "calendar/net/password_file.h"
#include "policy/users/sql_query.h"
#include "policy/users/sql_rows.h"
#include "policy/users/user_source.h"

namespace policy::users {
namespace {

using calendar::base::Deadline;
using calendar::itip::Address;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t most_connections = 4;
constexpr std::string_view sqlite = "sqlite:";
constexpr const char* columns[] = {"user", "address", "preset", "backend", "timezone"};

using Rows = std::vector<SqlRow>;
/// The outer error is the server's: whoever asks next would fare no better. The inner one is of this question alone.
using QueryResult = calendar::base::Found<calendar::base::Found<Rows>>;

/// How the database is reached, in SOCI's words. Holds the password.
struct Access {
    const soci::backend_factory* backend;
    std::string connection;
    bool is_file;
};

struct PendingQuery {
    std::string text;
    std::vector<std::pair<std::string, std::string>> values;  ///< by the names of the parameters
};

/// For a sentence: one line.
std::string printable(std::string message) {
    std::ranges::replace_if(
        message, [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return calendar::base::printable(calendar::base::trimmed(message));
}

/// What a database said of a question, without any value. what() quotes the statement with its values, and many
/// messages quote the value they are about. `bound`: values had been given to it.
std::string why(const soci::soci_error& error, bool bound) {
    // PostgreSQL, appendix A: connection, read-only, login, database, names in the query, resources, shut-down.
    static constexpr std::string_view without_values[] = {"08", "25", "28", "3D", "42", "53", "57"};
    const std::string message = error.get_error_message();
    if (const auto* server = dynamic_cast<const soci::postgresql_soci_error*>(&error)) {
        const std::string state = server->sqlstate();
        if (std::find(std::begin(without_values), std::end(without_values), state.substr(0, 2)) ==
            std::end(without_values))
            return "SQLSTATE " + printable(state);
        return printable(message.substr(0, message.find('\n')));  // further lines quote the query and rows
    }
    if (!bound) return printable(message);
    if (const auto* file = dynamic_cast<const soci::sqlite3_soci_error*>(&error))
        return fmt::format("SQLite error {}", file->result());
    return printable(message.substr(0, message.find('"')));
}

calendar::base::Found<SqlRow> read_row(const soci::row& from) {
    SqlRow row;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const auto& column = from.get_properties(i);
        const auto* known = std::find_if(std::begin(columns), std::end(columns), [&](const char* name) {
            return calendar::base::same_word(name, column.get_name());
        });
        if (known == std::end(columns)) continue;
        std::string& text = row[*known];
        if (from.get_indicator(i) == soci::i_null) continue;
        if (column.get_data_type() != soci::dt_string)
            return tl::unexpected(fmt::format("column '{}' is not text; cast it to text", *known));
        text = from.get<std::string>(i);
    }
    for (const char* needed : {"user", "address"})
        if (!row.contains(needed)) return tl::unexpected(fmt::format("the query returned no column '{}'", needed));
    return row;
}

/// For one thread at a time.
class Connection {
  public:
    explicit Connection(Access access) : access_(std::move(access)) {}

    QueryResult ask(const PendingQuery& question, Deadline until) {
        const bool used_before = session_.has_value();
        auto answer = ask_once(question);
        // The server may have been restarted since.
        if (!answer && used_before && Deadline::clock::now() < until) answer = ask_once(question);
        return answer;
    }

  private:
    QueryResult ask_once(const PendingQuery& question) {
        try {
            if (!session_) open();
        } catch (const soci::soci_error& error) {
            return tl::unexpected(why(error, false));
        }
        bool bound = false;
        try {
            QueryResult rows = read_rows(question, bound);
            // Next time another file may have that name.
            if (access_.is_file) session_.reset();
            return rows;
        } catch (const soci::soci_error& error) {
            const bool alive = session_->is_connected();
            if (access_.is_file || !alive) session_.reset();
            if (!alive) return tl::unexpected(why(error, bound));
            return calendar::base::Found<Rows>(tl::unexpected(why(error, bound)));
        }
    }

    void open() {
        session_.emplace(*access_.backend, access_.connection);
        if (access_.is_file) return;
        // libpq would print what a server says on its own, values of the question included.
        const auto* server = static_cast<soci::postgresql_session_backend*>(session_->get_backend());
        ::PQsetNoticeProcessor(
            server->conn_, [](void*, const char*) {}, nullptr);
    }

    calendar::base::Found<Rows> read_rows(const PendingQuery& question, bool& bound) {
        soci::row row;
        soci::statement statement(*session_);
        statement.alloc();
        // One round trip, and no name for the statement, which a connection pooler would lose.
        statement.prepare(question.text, soci::details::st_one_time_query);
        bound = true;
        statement.exchange(soci::into(row));
        for (const auto& [name, value] : question.values)
            statement.exchange(soci::use(value, name));
        statement.define_and_bind();
        Rows rows;
        for (bool more = statement.execute(true); more; more = statement.fetch()) {
            auto read = read_row(row);
            if (!read) return tl::unexpected(read.error());
            rows.push_back(*std::move(read));
        }
        return rows;
    }

    const Access access_;
    std::optional<soci::session> session_;
};

/// libpq's own form of a URL (PostgreSQL 15 manual, 34.1.1.2) brings any password past SOCI, which splits what it is
/// given at white space. Keep-alives end a question that waits for a host which is gone after a minute.
Access access_of(const SqlOptions& options) {
    const auto whole_seconds = std::chrono::ceil<seconds>(options.timeout).count();
    if (options.database.starts_with(sqlite))
        return {soci::factory_sqlite3(),
                fmt::format(R"(dbname="{}" readonly=true timeout={})", options.database.substr(sqlite.size()),
                            whole_seconds),
                true};
    const auto settings =
        fmt::format("-c statement_timeout={} -c default_transaction_read_only=on", options.timeout.count());
    auto connection = fmt::format(
        "{}?connect_timeout={}&tcp_user_timeout={}&keepalives_idle=30&keepalives_interval=10&keepalives_count=3"
        "&client_encoding=UTF8&application_name=imip-milter&options={}",
        options.database, whole_seconds, options.timeout.count(), calendar::base::percent_encode(settings));
    if (options.password_file)
        connection +=
            "&password=" + calendar::base::percent_encode(calendar::net::read_password(*options.password_file));
    return {soci::factory_postgresql(), connection, false};
}

using Pool = calendar::base::Pool<std::unique_ptr<Connection>>;

class SqlUsers final : public UserSource {
  public:
    explicit SqlUsers(const SqlOptions& options)
        : database_(options.database), timeout_(options.timeout), query_(options.query), access_(access_of(options)) {}

    calendar::base::Found<std::vector<User>> find(const Address& address, Deadline deadline) override {
        const auto answer = breaker_.ask(deadline, timeout_, [&](Deadline end) { return ask(address, end); });
        const auto users = !answer ? tl::unexpected(answer.error())
                                   : answer->and_then([](const Rows& rows) { return users_of(rows); });
        return users.map_error([this](const std::string& error) { return database_ + ": " + error; });
    }
    bool immediate() const noexcept override { return false; }

  private:
    /// Waits no longer than `end`, whatever the database does: it is asked in the background. Its connection is busy
    /// until it answers; then it goes on or is found broken.
    QueryResult ask(const Address& address, Deadline end) {
        auto loan = connections_.borrow(end);
        if (!loan) return tl::unexpected<std::string>("all connections were busy");
        if (!loan->owner) loan->owner = std::make_unique<Connection>(access_);
        auto work = [loan = *std::move(loan), question = question(address), end]() mutable {
            const auto lent = std::move(loan);  // given back before the answer is
            return lent.owner->ask(question, end);
        };
        auto answer = calendar::base::ask_in_background(std::move(work), end);
        if (!answer) return tl::unexpected(answer.error());
        return *std::move(answer);
    }

    PendingQuery question(const Address& address) const {
        PendingQuery question{fmt::format("SELECT * FROM ({}) AS answer LIMIT {}", query_.text, most_sql_rows + 1), {}};
        for (const auto parameter : query_.parameters)
            question.values.emplace_back(parameter, parameter == "local"    ? address.local()
                                                    : parameter == "domain" ? address.domain()
                                                                            : address.text());
        return question;
    }

    const std::string database_;
    const milliseconds timeout_;
    const SqlQuery query_;
    const Access access_;
    calendar::net::CircuitBreaker breaker_;
    Pool connections_{most_connections};
};

}  // namespace

std::unique_ptr<UserSource> make_sql(const SqlOptions& options) {
    return std::make_unique<SqlUsers>(options);
}

}  // namespace policy::users
