#include "milter/sandbox/cell.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
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

constexpr std::chrono::seconds start{30};  ///< of the first cell, which waits until the forker has read the zones

constexpr const char* killed = "the sandboxed process that read it crashed, or ran out of time or memory";

/// One that was not made yet has read nothing, and ends with its socket.
void kill(const Cell& cell) noexcept {
    if (!cell.pidfd) return;
    ::syscall(SYS_pidfd_send_signal, cell.pidfd.get(), SIGKILL, nullptr,
              0);  // glibc 2.36 declares its wrapper for C only
}

std::system_error no_cell() {
    return {ECHILD, std::generic_category(), "no cell from the forker"};
}

/// An idle cell that closed its end (or says something unasked) was killed from outside: no mail's fault.
bool lives(const Cell& cell) {
    // Its end of the socket alone does not tell: for a moment the forker has it too.
    std::array<pollfd, 2> ends{pollfd{cell.socket.get(), POLLIN, 0}, pollfd{cell.pidfd.get(), POLLIN, 0}};
    return ::poll(ends.data(), ends.size(), 0) == 0;
}

/// What an answer may hold at most, by the bytes of what was asked. A message for each UID is in an inspection, with
/// all the zones; the shortest attendee has 14 bytes, and 6 values in JSON.
struct AnswerBounds {
    std::size_t bytes;
    std::size_t elements;  ///< of its JSON, each of which takes some 100 bytes when it is read

    explicit AnswerBounds(std::size_t asked)
        : bytes(std::min(largest_answer, 256 * 1024 + 32 * asked)),
          elements(std::min<std::size_t>(1'000'000, 10'000 + asked / 2)) {}
};

/// Ours nests less. Parsing brackets alone takes many times their size in memory.
constexpr int deepest_json = 20;

/// The JSON of an answer. Throws when it nests too deep, holds too much or is none.
json parsed(std::string_view text, std::size_t most_elements) {
    int depth = 0;
    std::size_t elements = 1;
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
        if (!quoted && (c == '[' || c == '{' || c == ',') && ++elements > most_elements)
            throw BorderBroken("an answer of too many elements");
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

std::size_t cells_at_work(std::size_t configured, Forker::Priority priority) {
    const std::size_t all = configured != 0 ? configured : std::thread::hardware_concurrency() + 1;
    switch (priority) {
        case Forker::Priority::urgent:
            return all;
        case Forker::Priority::patient:
            return (all + 1) / 2;
    }
    return all;
}

class CellPool::Impl {
  public:
    Impl(Forker& forker, Options options)
        : forker_(forker), priority_(options.priority), most_at_work_(options.cells), call_(options.call) {
        Cell first = forker_.order(priority_);
        if (!serves(first, Clock::now() + start)) throw no_cell();
        idle_.push_back(std::move(first));
        while (idle_.size() < 2 * most_at_work_)
            idle_.push_back(forker_.order(priority_));
    }

    /// Asks a cell; `read` makes the value out of its answer and throws when that is garbage. With `aside` the cell is
    /// put there, unless too many are aside: reuse_aside() or end_aside() tells what becomes of it.
    template <class Read>
    auto call(const json& request, std::span<const std::string_view> blob, Deadline deadline, Read read,
              std::optional<Cell>* aside = nullptr) -> std::optional<decltype(read(json(), std::string_view()))> {
        const Turn turn(*this, deadline);
        Cell cell = take(deadline);
        const Deadline limit = Clock::now() + call_.load();
        const Deadline until = std::min(deadline, limit);
        try {
            const std::string head = request.dump();
            std::size_t asked = head.size();
            for (const auto bytes : blob)
                asked += bytes.size();
            const AnswerBounds bounds(asked);
            write_frame(cell.socket.get(), head, blob, Files::yes, until);
            const Frame answer = read_frame(cell.socket.get(), bounds.bytes, Files::no, until);
            auto value = read(parsed(answer.json(), bounds.elements), answer.blob());
            if (aside == nullptr)
                reuse(std::move(cell));
            else
                set_aside(std::move(cell), *aside);
            return value;
        } catch (const std::system_error&) {
            end(std::move(cell));  // this machine's trouble (no memory file, no descriptor), not the mail's
            throw;
        } catch (const BorderLate&) {
            end(std::move(cell));
            if (until < limit) throw CellsBusy("the time to answer ended while the message was read");
            return std::nullopt;
        } catch (const std::exception&) {
            end(std::move(cell));
            return std::nullopt;
        }
    }

    void limit_calls(std::chrono::milliseconds limit) { call_ = limit; }

    void reuse_aside(Cell cell) {
        reuse(std::move(cell));
        --aside_;
    }
    void end_aside(Cell cell) {
        end(std::move(cell));
        --aside_;
    }

  private:
    /// One of those who may have a cell at work. Who came first is served first.
    class Turn {
      public:
        Turn(Impl& pool, Deadline deadline) : pool_(pool) {
            std::unique_lock lock(pool_.mutex_);
            if (pool_.at_work_ < pool_.most_at_work_) {
                ++pool_.at_work_;
                return;
            }
            pool_.waiting_.push_back(this);
            if (served_.wait_until(lock, deadline, [this] { return has_turn_; })) return;
            std::erase(pool_.waiting_, this);
            throw CellsBusy("no cell became free in time");
        }
        ~Turn() {
            const std::lock_guard lock(pool_.mutex_);
            if (pool_.waiting_.empty()) {
                --pool_.at_work_;
                return;
            }
            Turn& first = *pool_.waiting_.front();
            pool_.waiting_.pop_front();
            first.has_turn_ = true;
            first.served_.notify_one();
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

      private:
        Impl& pool_;
        std::condition_variable served_;  // woken when it is this one's turn, and not for another
        bool has_turn_ = false;
    };

    /// One that waits for a question.
    Cell take(Deadline deadline) {
        Cell cell = idle_or_new();
        if (serves(cell, deadline)) return cell;
        kill(cell);
        cell = forker_.order(priority_);
        if (!serves(cell, deadline)) throw no_cell();
        return cell;
    }

    /// False: it could not be made, or was killed from outside while it was idle.
    bool serves(Cell& cell, Deadline deadline) {
        try {
            cell.await(deadline);
        } catch (const BorderLate&) {
            reuse(std::move(cell));  // for whoever has more time
            throw CellsBusy("no cell was made in time");
        } catch (const std::exception&) {
            return false;
        }
        return lives(cell);
    }

    /// With a turn there is an idle one, unless the forker failed before.
    Cell idle_or_new() {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                Cell first = std::move(idle_.front());
                idle_.pop_front();
                return first;
            }
        }
        return forker_.order(priority_);
    }

    /// Before those that wait: its memory is warm.
    void reuse(Cell cell) {
        const std::lock_guard lock(mutex_);
        idle_.push_front(std::move(cell));
    }

    /// No more than may work at once, so that there are always enough for these.
    void set_aside(Cell cell, std::optional<Cell>& aside) {
        if (++aside_ <= most_at_work_) {
            aside = std::move(cell);
            return;
        }
        end_aside(std::move(cell));
    }

    /// Another one takes its place.
    void end(Cell cell) {
        kill(cell);
        try {
            Cell fresh = forker_.order(priority_);
            const std::lock_guard lock(mutex_);
            idle_.push_back(std::move(fresh));
        } catch (const std::exception&) {
            // The forker is gone, or there is no memory. Tried again by whoever needs it.
        }
    }

    Forker& forker_;
    const Forker::Priority priority_;
    const std::size_t most_at_work_;
    std::atomic<std::chrono::milliseconds> call_;
    std::atomic<std::size_t> aside_ = 0;
    std::mutex mutex_;
    std::size_t at_work_ = 0;
    std::deque<Turn*> waiting_;
    std::deque<Cell> idle_;  // those that were used, then the fresh ones, the first of which is ready
};

CellPool::CellPool(Forker& forker, Options options) : impl_(std::make_unique<Impl>(forker, options)) {}
CellPool::~CellPool() = default;

void CellPool::limit_calls(std::chrono::milliseconds limit) {
    impl_->limit_calls(limit);
}

mail::Inspection CellPool::inspect(std::string_view message, const mail::InspectLimits& limits, Deadline deadline) {
    return MessageCell(*this).inspect(message, limits, deadline);
}

MessageCell::~MessageCell() {
    if (cell_) pool_.impl_->end_aside(*std::exchange(cell_, std::nullopt));
}

void MessageCell::accepted() {
    if (cell_) pool_.impl_->reuse_aside(*std::exchange(cell_, std::nullopt));
}

mail::Inspection MessageCell::inspect(std::string_view message, const mail::InspectLimits& limits, Deadline deadline) {
    static_assert(std::is_trivially_copyable_v<mail::InspectLimits>);
    assert(!cell_);
    const std::array<std::string_view, 2> blob{std::string_view(reinterpret_cast<const char*>(&limits), sizeof limits),
                                               message};
    auto inspection = pool_.impl_->call({{"call", "inspect"}}, blob, deadline, whole_inspection, &cell_);
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

namespace {

template <class Reader>
mail::Engine engine_reading_in(Reader& reader, CellPool& cells) {
    return {[&reader](std::string_view message, const mail::InspectLimits& limits, Deadline deadline) {
                return reader.inspect(message, limits, deadline);
            },
            [&cells](std::string_view object, Deadline deadline) { return cells.describe(object, deadline); }};
}

}  // namespace

mail::Engine engine_of(CellPool& cells) {
    return engine_reading_in(cells, cells);
}

mail::Engine engine_of(MessageCell& reader, CellPool& cells) {
    return engine_reading_in(reader, cells);
}

}  // namespace milter::sandbox
