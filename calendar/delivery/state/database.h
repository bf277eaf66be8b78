#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "calendar/base/deadline.h"

namespace calendar::delivery {

/// One connection to the state database, in our own terms. For one thread at a time. Every statement is prepared once
/// and reused. Statements are written so that PostgreSQL reads them too: named parameters, each name once. Everything
/// throws std::runtime_error with a sentence that names the database and holds no value out of it.
class Database {
  public:
    using Value = std::variant<std::string, long long>;
    using Row = std::vector<Value>;
    enum class Type { text, integer };

    /// `read_only` makes, changes and locks nothing, beside a running daemon or without one; the file must exist.
    enum class Access { read_write, read_only };

    /// `url` is `sqlite:/path/to/file`: an existing folder; the file is made, mode 0600, when it is missing.
    /// Write-ahead log. Waits 5 s for another program's lock, begin() until its deadline.
    explicit Database(const std::string& url, Access access = Access::read_write);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// The file that a url names. Throws std::runtime_error.
    static std::string path(const std::string& url);
    static bool exists(const std::string& url);
    const std::string& name() const noexcept;  ///< for messages: the path

    /// What commit() promises. Both survive the end of this process. `at_once` also a power cut; `soon` only when a
    /// later `at_once` or checkpoint has come, for what can be done again: it costs no wait for the disk.
    enum class Durable { at_once, soon };

    /// Of those who have no deadline: five seconds from now.
    static base::Deadline patience();

    /// Takes the write lock, and waits for it until `deadline`. Throws also when the file is no longer the one at its
    /// path: it was removed or replaced, and what is written into it is lost when it is closed.
    void begin(Durable durable = Durable::at_once, base::Deadline deadline = patience());
    void commit();
    void rollback() noexcept;  ///< also when what failed has ended the transaction

    /// Runs a statement that changes something; how many rows it changed. A statement is always used with the same
    /// types.
    std::size_t run(std::string_view sql, const Row& values = {});
    /// Calls `each` with every row until it returns false. No NULLs: the statement says COALESCE. With read-only access
    /// this throws, after the rows, when another program may have changed the file under it: what was read may be
    /// wrong.
    void rows(std::string_view sql, const std::vector<Type>& columns, const Row& values,
              const std::function<bool(Row&)>& each);

    /// While it lives, all reads on the connection see the state of one moment, and lock it once.
    class View {
      public:
        explicit View(Database& of);
        ~View();
        View(const View&) = delete;
        View& operator=(const View&) = delete;

      private:
        Database* const of_;  ///< null with read-only access: its rows() opens the file anew when it has changed
    };

    /// Those that were run on this connection, each once; a test asks how they are carried out.
    std::vector<std::string> statements() const;

    /// In a transaction: gives at most this many unused pages of the file back to the file system, which has them after
    /// the next checkpoint. How many unused ones are left; as many as before: there is no more to gain.
    std::size_t give_back(std::size_t pages);

    /// Brings what was committed from the log into the file, so far as no reader is in the way. Costs disk writes, so
    /// the caller picks a quiet moment; if that never comes, a commit does it when the log holds 16 MiB.
    void checkpoint();

  private:
    class Session;
    const std::string url_;
    const Access access_;
    std::unique_ptr<Session> session_;
};

}  // namespace calendar::delivery
