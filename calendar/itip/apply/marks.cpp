#include "calendar/itip/apply/marks.h"

#include <utility>

namespace calendar::itip {

namespace {

constexpr std::string_view range_prefix = "RANGE=THISANDFUTURE:";
constexpr std::string_view sent_by_prefix = "SENT-BY:";

}  // namespace

std::string range_mark(std::string_view recurrence_id) {
    return std::string(range_prefix).append(recurrence_id);
}

std::optional<Instance> range_start(const ReplyMark& mark, const InstanceReader& reader) {
    if (!mark.recurrence_id.starts_with(range_prefix)) return std::nullopt;
    return reader.read({"RECURRENCE-ID", {}, mark.recurrence_id.substr(range_prefix.size())});
}

std::string said_by(const Address& sent_by) {
    return std::string(sent_by_prefix).append(sent_by.text());
}

bool is_cancellation(const ReplyMark& mark) noexcept {
    return mark.attendee.empty() && mark.recurrence_id != said_by_organizer &&
           !mark.recurrence_id.starts_with(sent_by_prefix);
}

namespace {

std::string key(std::string_view attendee, std::string_view recurrence_id) {
    // A line end stands in neither.
    return std::string(attendee) + '\n' + std::string(recurrence_id);
}

}  // namespace

Marks::Marks(std::vector<ReplyMark> marks) {
    for (ReplyMark& mark : marks)
        keep(std::move(mark));
}

const ReplyMark* Marks::find(std::string_view attendee, std::string_view recurrence_id) const {
    const auto place = places_.find(key(attendee, recurrence_id));
    return place == places_.end() ? nullptr : &marks_[place->second];
}

void Marks::keep(ReplyMark mark) {
    const auto [place, added] = places_.try_emplace(key(mark.attendee, mark.recurrence_id), marks_.size());
    if (added)
        marks_.push_back(std::move(mark));
    else
        marks_[place->second] = std::move(mark);
}

void Marks::revive(std::string_view recurrence_id) {
    const auto place = places_.find(key({}, recurrence_id));
    if (place == places_.end()) return;
    const std::size_t gap = place->second;
    places_.erase(place);
    if (gap + 1 != marks_.size()) {
        marks_[gap] = std::move(marks_.back());
        places_[key(marks_[gap].attendee, marks_[gap].recurrence_id)] = gap;
    }
    marks_.pop_back();
}
}  // namespace calendar::itip
