#include "milter/sandbox/cell.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <optional>
#include <type_traits>
#include <vector>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calendar/base/text.h"
#include "calendar/itip/apply/json.h"
#include "milter/sandbox/cell_process.h"
#include "milter/sandbox/frame.h"

namespace milter::sandbox {

using calendar::base::Deadline;
using calendar::itip::ApplyInput;
using calendar::itip::Expected;
using calendar::itip::Outcome;
using calendar::itip::Reason;
using calendar::itip::StoredObject;
using nlohmann::json;

namespace {

using Clock = std::chrono::steady_clock;
using Cell = Forker::Cell;

constexpr const char* killed = "the sandboxed process that read it crashed, or ran out of time or memory";

void kill(const Cell& cell) noexcept {
    ::syscall(SYS_pidfd_send_signal, cell.pidfd.get(), SIGKILL, nullptr,
              0);  // glibc 2.36 declares its wrapper for C only
}

/// An idle cell that closed its end (or says something unasked) was killed from outside: no mail's fault.
bool lives(const Cell& cell) {
    // Its end of the socket alone does not tell: for a moment the forker has it too.
    std::array<pollfd, 2> ends{pollfd{cell.socket.get(), POLLIN, 0}, pollfd{cell.pidfd.get(), POLLIN, 0}};
    return ::poll(ends.data(), ends.size(), 0) == 0;
}

/// Ours nests less. Parsing brackets alone takes many times their size in memory.
constexpr int deepest_json = 20;

/// The JSON of an answer. Throws when it nests too deep or is none.
json parsed(std::string_view text) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\')
            ++i;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++depth > deepest_json)
            throw BorderBroken("an answer nested too deep");
        else if (!quoted && (c == ']' || c == '}'))
            --depth;
    }
    return json::parse(text);
}

/// With the contents of its messages, which came beside the JSON. Throws when there are more or fewer.
mail::Inspection whole_inspection(const json& answer, std::string_view contents) {
    auto inspection = mail::inspection_from(answer.at("inspection"));
    const json& sizes = answer.at("content_sizes");
    std::size_t next = 0;
    for (auto& part : inspection.parts)
        for (auto& message : part.messages) {
            const auto size = sizes.at(next++).get<std::size_t>();
            if (size > contents.size() || !calendar::base::valid_utf8(contents.substr(0, size)))
                throw BorderBroken("a content is missing or no text");
            message.content = contents.substr(0, size);
            contents.remove_prefix(size);
        }
    if (next != sizes.size() || !contents.empty()) throw BorderBroken("a content too many");
    return inspection;
}

}  // namespace

class CellPool::Impl {
  public:
    Impl(Forker& forker, Options options) : forker_(forker), priority_(options.priority), call_(options.call) {
        for (std::size_t i = 0; i < options.cells; ++i)
            idle_.push_back(forker_.make(priority_));
    }

    /// Asks a cell; `read` makes the value out of its answer and throws when that is garbage.
    template <class Read>
    auto call(const json& request, std::span<const std::string_view> blob, Deadline deadline, Read read)
        -> std::optional<decltype(read(json(), std::string_view()))> {
        Cell cell = acquire(deadline);
        const Deadline limit = Clock::now() + call_.load();
        const Deadline until = std::min(deadline, limit);
        try {
            write_frame(cell.socket.get(), request.dump(), blob, Files::yes, until);
            const Frame answer = read_frame(cell.socket.get(), largest_answer, Files::no, until);
            auto value = read(parsed(answer.json()), answer.blob());
            give_back(std::move(cell));
            return value;
        } catch (const std::system_error&) {
            replace(cell);  // this machine's trouble (no memory file, no descriptor), not the mail's
            throw;
        } catch (const BorderLate&) {
            replace(cell);
            if (until < limit) throw CellsBusy("the time to answer ended while the message was read");
            return std::nullopt;
        } catch (const std::exception&) {
            replace(cell);
            return std::nullopt;
        }
    }

    void limit_calls(std::chrono::milliseconds limit) { call_ = limit; }

  private:
    /// Who waits for a cell; woken when one is his, and not for another.
    struct Waiter {
        std::condition_variable served;
        bool has_turn = false;
        std::optional<Cell> cell{};  ///< none: he is to make the one that is missing
    };

    /// Who came first is served first.
    Cell acquire(Deadline deadline) {
        auto cell = turn(deadline);
        if (!cell) return make();
        if (lives(*cell)) return std::move(*cell);
        kill(*cell);
        return make();
    }

    /// A cell that was idle; none: one is missing, and the caller is to make it.
    std::optional<Cell> turn(Deadline deadline) {
        std::unique_lock lock(mutex_);
        if (!idle_.empty()) {
            std::optional<Cell> last = std::move(idle_.back());
            idle_.pop_back();
            return last;
        }
        if (missing_ > 0) {
            --missing_;
            return std::nullopt;
        }
        Waiter self;
        waiting_.push_back(&self);
        if (!self.served.wait_until(lock, deadline, [&self] { return self.has_turn; })) {
            std::erase(waiting_, &self);
            throw CellsBusy("no cell became free in time");
        }
        return std::move(self.cell);
    }

    /// What became free, to whoever has waited longest; none: a cell is missing.
    void give_back(std::optional<Cell> cell) {
        const std::lock_guard lock(mutex_);
        if (!waiting_.empty()) {
            Waiter& first = *waiting_.front();
            waiting_.pop_front();
            first.cell = std::move(cell);
            first.has_turn = true;
            first.served.notify_one();
        } else if (cell) {
            idle_.push_back(std::move(*cell));
        } else {
            ++missing_;
        }
    }

    Cell make() {
        try {
            return forker_.make(priority_);
        } catch (...) {
            give_back(std::nullopt);
            throw;
        }
    }

    void replace(const Cell& dead) {
        kill(dead);
        try {
            give_back(make());
        } catch (const std::system_error&) {
            // make() has noted it: tried again by whoever needs it.
        }
    }

    Forker& forker_;
    const Forker::Priority priority_;
    std::atomic<std::chrono::milliseconds> call_;
    std::mutex mutex_;
    std::vector<Cell> idle_;       // the last used is the next, its memory is warm
    std::size_t missing_ = 0;      // cells that could not be replaced
    std::deque<Waiter*> waiting_;  // while none is idle or missing
};

CellPool::CellPool(Forker& forker, Options options) : impl_(std::make_unique<Impl>(forker, options)) {}
CellPool::~CellPool() = default;

void CellPool::limit_calls(std::chrono::milliseconds limit) {
    impl_->limit_calls(limit);
}

mail::Inspection CellPool::inspect(std::string_view message, const mail::InspectLimits& limits, Deadline deadline) {
    static_assert(std::is_trivially_copyable_v<mail::InspectLimits>);
    const std::array<std::string_view, 2> blob{std::string_view(reinterpret_cast<const char*>(&limits), sizeof limits),
                                               message};
    auto inspection = impl_->call({{"call", "inspect"}}, blob, deadline, whole_inspection);
    if (inspection) return std::move(*inspection);
    mail::Inspection none;
    none.error = {Reason::sandbox_killed, killed};
    return none;
}

Expected<StoredObject> CellPool::describe(std::string_view stored_object, Deadline deadline) {
    const std::array<std::string_view, 1> blob{stored_object};
    auto stored = impl_->call({{"call", "describe"}}, blob, deadline,
                              [](const json& answer, std::string_view) -> Expected<StoredObject> {
                                  if (answer.contains("refusal"))
                                      return tl::unexpected(calendar::itip::refusal_from(answer.at("refusal")));
                                  return calendar::itip::stored_object_from(answer.at("stored"));
                              });
    if (stored) return std::move(*stored);
    return calendar::itip::refuse(Reason::sandbox_killed, killed);
}

Outcome CellPool::apply(const ApplyInput& input, Deadline deadline) {
    ApplyInput head = input;  // without its two texts, which need not be UTF-8
    head.stored.reset();
    head.message.clear();
    const std::array<std::string_view, 2> blob{input.stored ? std::string_view(*input.stored) : std::string_view(),
                                               input.message};
    auto outcome = impl_->call({{"call", "apply"},
                                {"input", calendar::itip::to_json(head)},
                                {"stored_size", input.stored ? json(input.stored->size()) : json(nullptr)}},
                               blob, deadline, [](const json& answer, std::string_view object) {
                                   Outcome value = calendar::itip::outcome_from(answer.at("outcome"));
                                   if (answer.at("has_object").get<bool>()) value.object = object;
                                   return value;
                               });
    if (outcome) return std::move(*outcome);
    return {.kind = Outcome::Kind::refused,
            .reason = Reason::sandbox_killed,
            .detail = killed,
            .object = input.stored,
            .marks = input.marks};
}

mail::Engine engine_of(CellPool& cells) {
    return {[&cells](std::string_view message, const mail::InspectLimits& limits, calendar::base::Deadline deadline) {
                return cells.inspect(message, limits, deadline);
            },
            [&cells](std::string_view object, calendar::base::Deadline deadline) {
                return cells.describe(object, deadline);
            }};
}

}  // namespace milter::sandbox
