#include "calendar/delivery/state/database.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include "calendar/delivery/state/database_file.h"

namespace calendar::delivery {

namespace {

/// In bytes: what a burst has made of the log is given back when it was written into the file.
constexpr int log_kept = 16 * 1024 * 1024;
/// In bytes: longer values are not kept with the statement that used them.
constexpr std::size_t longest_kept_value = 64 * 1024;
/// `timeout` is in seconds.
constexpr std::string_view connection = R"(dbname="{}" timeout=5 synchronous=FULL)";

/// A prepared statement and the places that SOCI reads its parameters from and writes its columns to.
struct Prepared {
    Prepared(soci::session& session, std::string_view sql, const Database::Row& values,
             const std::vector<Database::Type>& columns)
        : parameters(values), statement(session) {
        statement.alloc();
        statement.prepare(std::string(sql));
        for (auto& parameter : parameters)
            std::visit([this](auto& value) { statement.exchange(soci::use(value)); }, parameter);
        for (const auto type : columns)
            row.push_back(type == Database::Type::text ? Database::Value(std::string()) : Database::Value(0LL));
        for (auto& column : row)
            std::visit([this](auto& value) { statement.exchange(soci::into(value)); }, column);
        statement.define_and_bind();
    }
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;

    void bind(const Database::Row& values) {
        // SOCI holds addresses: the value is assigned, its place and type stay.
        for (std::size_t i = 0; i < parameters.size(); ++i)
            std::visit([&](auto& place) { place = std::get<std::decay_t<decltype(place)>>(values.at(i)); },
                       parameters[i]);
    }
    /// Ends a read before its last row: a statement left half-way pins its view of the database and blocks checkpoints.
    void reset() {
        forget_long(row);
        // SOCI has no call for it. The cast is right because the only factory here is SQLite's.
        sqlite_api::sqlite3_reset(static_cast<soci::sqlite3_statement_backend*>(statement.get_backend())->stmt_);
    }

    /// A whole mail is not needed once it was written or read.
    static void forget_long(Database::Row& values) {
        for (auto& value : values)
            if (auto* text = std::get_if<std::string>(&value); text != nullptr && text->capacity() > longest_kept_value)
                std::string().swap(*text);
    }

    Database::Row parameters, row;
    soci::statement statement;  // last: it points into the others
};

}  // namespace

class Database::Session {
  public:
    /// SOCI's what() quotes the statement with its values, which are other people's mail; the bare message does not.
    template <class Work>
    auto guarded(Work work) {
        try {
            return work();
        } catch (const soci::soci_error& error) {
            throw std::runtime_error(fmt::format("state '{}': {}", path_, error.get_error_message()));
        }
    }

    explicit Session(const std::string& url, Access access) : path_(path_of(url)) {
        if (access == Access::read_only) {
            must_be_allowed(path_, R_OK);
            unshared_ = has_index(path_) ? std::nullopt : std::optional(FileStamp::of(path_));
            open(read_only_name(path_, unshared_ ? Sharing::unshared : Sharing::shared));
            return;
        }
        make_private(path_);
        must_be_allowed(path_, R_OK | W_OK);
        open(path_);
        std::string mode;
        const bool is_empty = std::filesystem::file_size(path_) == 0;
        guarded([&] {
            if (is_empty) session_ << "PRAGMA auto_vacuum=INCREMENTAL";  // counts then only; see give_back()
            session_ << "PRAGMA journal_mode=WAL", soci::into(mode);
            session_ << "PRAGMA wal_autocheckpoint=4000";  // pages of 4 KiB; see checkpoint()
            session_ << fmt::format("PRAGMA journal_size_limit={}", log_kept);
            session_ << "PRAGMA cache_size=-16000";  // KiB, so that the indexes of a full queue are not read again
        });
        if (mode != "wal")
            throw std::runtime_error(fmt::format(
                "state '{}': this file system does not support SQLite's write-ahead log; use a local one", path_));
    }

    /// The file was opened as one that nobody has open, and since then somebody may have written.
    bool outdated() const { return unshared_ && (has_index(path_) || FileStamp::of(path_) != *unshared_); }

    void promise(Durable durable) {
        if (promised_ == durable) return;
        // Not a prepared statement: SQLite obeys this one while it is being prepared.
        guarded([&] {
            session_ << (durable == Durable::at_once ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
        });
        promised_ = durable;
    }

    void execute(const std::string& sql) {
        if (sqlite_api::sqlite3_exec(sqlite(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
            throw std::runtime_error(fmt::format("state '{}': {}", path_, sqlite_api::sqlite3_errmsg(sqlite())));
    }

    bool moved() {
        int moved = 0;
        sqlite_api::sqlite3_file_control(sqlite(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
        return moved != 0;
    }

    void wait_for_lock(std::chrono::milliseconds time) {
        constexpr std::chrono::milliseconds none{0}, longest{std::chrono::hours(1)};
        sqlite_api::sqlite3_busy_timeout(sqlite(), static_cast<int>(std::clamp(time, none, longest).count()));
    }

    Prepared& prepared(std::string_view sql, const std::vector<Type>& columns, const Row& values) {
        auto found = statements_.find(sql);
        if (found == statements_.end()) {
            found = statements_.try_emplace(std::string(sql), session_, sql, values, columns).first;
        } else {
            found->second.bind(values);
        }
        return found->second;
    }

    std::vector<std::string> statements() const {
        std::vector<std::string> all;
        for (const auto& [sql, prepared] : statements_)
            all.push_back(sql);
        return all;
    }

    const std::string path_;

  private:
    sqlite_api::sqlite3* sqlite() { return static_cast<soci::sqlite3_session_backend*>(session_.get_backend())->conn_; }
    void open(const std::string& name) {
        guarded([&] { session_.open(*soci::factory_sqlite3(), fmt::format(fmt::runtime(connection), name)); });
        // Plans do not depend on values: with partial indexes SQLite otherwise prepares a statement anew each time that
        // another value is bound.
        sqlite_api::sqlite3_db_config(sqlite(), SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
    }

    soci::session session_;
    std::optional<FileStamp> unshared_;
    Durable promised_ = Durable::at_once;
    std::map<std::string, Prepared, std::less<>> statements_;  // after the session: gone before it
};

Database::Database(const std::string& url, Access access)
    : url_(url), access_(access), session_(std::make_unique<Session>(url, access)) {}
Database::~Database() = default;

std::string Database::path(const std::string& url) {
    return path_of(url);
}

bool Database::exists(const std::string& url) {
    return std::filesystem::exists(path_of(url));
}

const std::string& Database::name() const noexcept {
    return session_->path_;
}

base::Deadline Database::patience() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(5);
}

void Database::begin(Durable durable, base::Deadline deadline) {
    if (session_->moved())
        throw std::runtime_error(fmt::format(
            "state '{}': the file was removed or replaced while this program had it open; restart the program",
            name()));
    session_->promise(durable);
    session_->wait_for_lock(std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()));
    // IMMEDIATE: a transaction that reads first and writes then would otherwise fail, not wait, when another program
    // wrote.
    run("BEGIN IMMEDIATE");
}

void Database::commit() {
    run("COMMIT");
}

void Database::rollback() noexcept {
    try {
        run("ROLLBACK");
    } catch (const std::exception&) {
        // SQLite ended the transaction itself (disk full, I/O error). If it did not, the next BEGIN says so.
    }
}

Database::View::View(Database& of) : of_(of.access_ == Access::read_write ? &of : nullptr) {
    if (of_ != nullptr) of_->run("BEGIN");
}

Database::View::~View() {
    if (of_ != nullptr) of_->rollback();
}

std::size_t Database::run(std::string_view sql, const Row& values) {
    return session_->guarded([&] {
        auto& prepared = session_->prepared(sql, {}, values);
        prepared.statement.execute(true);
        Prepared::forget_long(prepared.parameters);
        return static_cast<std::size_t>(prepared.statement.get_affected_rows());
    });
}

void Database::rows(std::string_view sql, const std::vector<Type>& columns, const Row& values,
                    const std::function<bool(Row&)>& each) {
    if (session_->outdated()) session_ = std::make_unique<Session>(url_, access_);
    session_->guarded([&] {
        auto& prepared = session_->prepared(sql, columns, values);
        const std::unique_ptr<Prepared, void (*)(Prepared*)> finally(&prepared, [](Prepared* used) { used->reset(); });
        for (bool more = prepared.statement.execute(true); more && each(prepared.row);
             more = prepared.statement.fetch()) {
        }
    });
    if (session_->outdated())
        throw std::runtime_error(fmt::format("state '{}': it was changed while it was read; try again", name()));
}

std::vector<std::string> Database::statements() const {
    return session_->statements();
}

std::size_t Database::give_back(std::size_t pages) {
    const auto free = [this] {
        std::size_t count = 0;
        rows("PRAGMA freelist_count", {Type::integer}, {}, [&count](Row& row) {
            count = static_cast<std::size_t>(std::get<long long>(row[0]));
            return true;
        });
        return count;
    };
    if (free() == 0) return 0;
    // Not a prepared statement: it gives back a page a step, and SOCI makes one.
    session_->execute(fmt::format("PRAGMA incremental_vacuum({})", pages));
    return free();
}

void Database::checkpoint() {
    rows("PRAGMA wal_checkpoint(PASSIVE)", {Type::integer, Type::integer, Type::integer}, {},
         [](Row&) { return true; });
}

}  // namespace calendar::delivery
