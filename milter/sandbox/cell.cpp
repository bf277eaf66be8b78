#include "milter/sandbox/cell.h"

#include <array>
#include <atomic>
#include <cassert>
#include <optional>
#include <thread>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "calendar/itip/apply/json.h"
#include "milter/sandbox/answer.h"
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

constexpr const char* killed = "the sandboxed process that read it crashed, or ran out of processor time or memory";

/// By the clock a call may take this many times its processor time, and less when the caller has less. Beyond that the
/// machine has too much to do.
constexpr int longest_by_the_clock = 60;

/// What one call in a cell may take, whatever the cell took before.
class CallLimit {
  public:
    CallLimit(const Cell& cell, std::chrono::milliseconds processor_time, Deadline deadline)
        : cell_(cell),
          processor_time_(cell.processor_time() + processor_time),
          deadline_(std::min(deadline, Clock::now() + longest_by_the_clock * processor_time)) {}

    /// Until the call can have used up its processor time, at the earliest. Throws BorderBroken when it has, BorderLate
    /// when only the time by the clock is over.
    Deadline operator()() const {
        const auto left = processor_time_ - cell_.processor_time();
        if (left <= left.zero()) throw BorderBroken("the processor time is used up");
        const auto now = Clock::now();
        if (now >= deadline_) throw BorderLate("late");
        return std::min(deadline_, now + left);
    }

  private:
    const Cell& cell_;
    const std::chrono::nanoseconds processor_time_;  // of the cell, when the call has used up its own
    const Deadline deadline_;
};

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
    Impl(Forker& forker, Options options) : cells_(forker, options.priority, options.cells), call_(options.call) {}

    /// Asks a cell; `read` makes the value out of its answer and throws when that is garbage. With `aside` the cell is
    /// put there, see Cells::set_aside().
    template <class Read>
    auto call(const json& request, std::span<const std::string_view> blob, Deadline deadline, Read read,
              std::optional<Cell>* aside = nullptr) -> std::optional<decltype(read(json(), std::string_view()))> {
        const Cells::Turn turn(cells_, deadline);
        Cell cell = cells_.take(deadline);
        try {
            const Patience patience = CallLimit(cell, call_, deadline);
            const std::string head = request.dump();
            std::size_t asked = head.size();
            for (const auto bytes : blob)
                asked += bytes.size();
            const AnswerBounds bounds(asked);
            write_frame(cell.socket.get(), head, blob, Files::yes, patience);
            const Frame answer = read_frame(cell.socket.get(), bounds.bytes, Files::no, patience);
            auto value = read(parsed(answer.json(), bounds.elements), answer.blob());
            if (aside == nullptr)
                cells_.reuse(std::move(cell));
            else
                cells_.set_aside(std::move(cell), *aside);
            return value;
        } catch (const std::system_error&) {
            cells_.end(std::move(cell));  // this machine's trouble (no memory file, no descriptor), not the mail's
            throw;
        } catch (const BorderLate&) {
            cells_.end(std::move(cell));
            throw CellsBusy("the time to answer ended while the message was read");
        } catch (const std::exception&) {
            cells_.end(std::move(cell));
            return std::nullopt;
        }
    }

    void limit_calls(std::chrono::milliseconds limit) { call_ = limit; }

    Cells& cells() noexcept { return cells_; }

  private:
    Cells cells_;
    std::atomic<std::chrono::milliseconds> call_;
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
    if (cell_) pool_.impl_->cells().end_aside(*std::exchange(cell_, std::nullopt));
}

void MessageCell::accepted() {
    if (cell_) pool_.impl_->cells().reuse_aside(*std::exchange(cell_, std::nullopt));
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
