#include "calendar/itip/apply/marks.h"

#include <algorithm>
#include <utility>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/read/organizational_domain.h"

namespace calendar::itip {

namespace {

constexpr std::string_view range_prefix = "RANGE=THISANDFUTURE:";
constexpr std::string_view sent_by_prefix = "SENT-BY:";
constexpr std::string_view made_prefix = "OVERRIDE:";
constexpr std::string_view sent_by_parameter = ";SENT-BY=";      // no date has a semicolon
constexpr std::string_view organizer_parameter = ";ORGANIZER=";  // and no address a capital letter

}  // namespace

std::string range_mark(std::string_view recurrence_id) {
    return std::string(range_prefix).append(recurrence_id);
}

std::string sent_by_mark(std::string recurrence_id, const Address& sent_by) {
    return std::move(recurrence_id.append(sent_by_parameter).append(sent_by.text()));
}

bool of_sent_by(const ReplyMark& mark) noexcept {
    return mark.recurrence_id.find(sent_by_parameter) != std::string::npos;
}

std::string_view answered_instance(const ReplyMark& mark) noexcept {
    std::string_view id = mark.recurrence_id;
    if (id.starts_with(range_prefix)) id.remove_prefix(range_prefix.size());
    return id.substr(0, id.find(sent_by_parameter));
}

std::optional<Instance> range_start(const ReplyMark& mark, const InstanceReader& reader) {
    if (!mark.recurrence_id.starts_with(range_prefix)) return std::nullopt;
    return reader.read({"RECURRENCE-ID", {}, std::string(answered_instance(mark))});
}

std::string said_by(const Address& sent_by) {
    return std::string(sent_by_prefix).append(sent_by.text());
}

std::string made_for(const Address& invited, std::string_view recurrence_id) {
    return std::string(made_prefix).append(invited.text()).append(";").append(recurrence_id);
}

std::string_view organizer_of(const ReplyMark& mark) noexcept {
    const std::string_view id = mark.recurrence_id;
    const auto at = id.find(organizer_parameter);
    return at == std::string_view::npos ? std::string_view() : id.substr(at + organizer_parameter.size());
}

bool is_cancellation(const ReplyMark& mark) noexcept {
    return mark.attendee.empty() && !mark.recurrence_id.starts_with(said_by_organizer) &&
           !mark.recurrence_id.starts_with(sent_by_prefix) && !mark.recurrence_id.starts_with(made_prefix);
}

namespace {

std::string key(std::string_view attendee, std::string_view recurrence_id) {
    // A line end stands in neither.
    return std::string(attendee) + '\n' + std::string(recurrence_id);
}

}  // namespace

Marks::Marks(std::vector<ReplyMark> marks, const std::optional<Address>& organizer, bool same_domain) {
    if (organizer) organizer_ = std::string(organizer_parameter).append(organizer->text());
    const auto counts = [&](const std::string& borne) {
        if (borne.empty() || borne == organizer_) return true;
        const auto other =
            same_domain && organizer ? Address::parse(borne.substr(organizer_parameter.size())) : std::nullopt;
        return other && organizational_domain(other->domain()) == organizational_domain(organizer->domain());
    };
    for (ReplyMark& mark : marks) {
        const auto end = std::min(mark.recurrence_id.find(organizer_parameter), mark.recurrence_id.size());
        std::string borne = mark.recurrence_id.substr(end);
        if (!mark.attendee.empty())
            put(std::move(mark));
        else if (counts(borne))
            take(std::move(mark), std::move(borne));
        else
            of_others_.push_back(std::move(mark));
    }
}

void Marks::take(ReplyMark mark, std::string borne) {
    mark.recurrence_id.resize(mark.recurrence_id.size() - borne.size());
    const ReplyMark* const twice = find({}, mark.recurrence_id);
    if (twice != nullptr && older(order(version_of(mark), version_of(*twice)))) return;
    known_[mark.recurrence_id] = std::move(borne);
    put(std::move(mark));
}

std::vector<ReplyMark> Marks::to_keep() const {
    std::vector<ReplyMark> kept = marks_;
    for (ReplyMark& mark : kept) {
        if (!mark.attendee.empty()) continue;
        const auto known = known_.find(mark.recurrence_id);
        mark.recurrence_id += known != known_.end() ? known->second : organizer_;
    }
    kept.insert(kept.end(), of_others_.begin(), of_others_.end());
    return kept;
}

const ReplyMark* Marks::find(std::string_view attendee, std::string_view recurrence_id) const {
    const auto place = places_.find(key(attendee, recurrence_id));
    return place == places_.end() ? nullptr : &marks_[place->second];
}

void Marks::keep(ReplyMark mark) {
    if (mark.attendee.empty()) known_.erase(mark.recurrence_id);
    put(std::move(mark));
}

void Marks::put(ReplyMark mark) {
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
