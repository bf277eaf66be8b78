#include "calendar/itip/time/recurrence.h"

#include <algorithm>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/time/dates.h"

namespace calendar::itip {

namespace {

constexpr std::size_t most_rules = 10;
constexpr std::size_t effort_of_a_search = 100'000;  // more than a century of days, compared with two values each
constexpr std::size_t effort_of_an_instant = 8;      // the zones are asked

}  // namespace

Recurrence::Recurrence(const Component& master, Effort& effort, const std::string& home)
    : effort_(effort), reader_(master.find("DTSTART"), home) {
    const Property* start = master.find("DTSTART");
    if (start == nullptr) start = master.find("DUE");  // a VTODO may have only that
    if (start == nullptr) return;
    dtstart_ = *start;
    start_ = wall_clock(base::trimmed(start->value));
    if (!start_) return;
    zone_ = zone_of(*start);
    for (const Property& property : master.properties) {
        if (property.is("RRULE") || property.is("EXRULE")) read_rule(property);
        if (property.is("RDATE")) read_further_dates(property);
    }
    for_each_date(master, "EXDATE", [&](const DateValue& date) {
        if (const auto instance = reader_.read(date)) excluded_.add(*instance, 0);
    });
}

void Recurrence::read_rule(const Property& property) {
    if (base::trimmed(property.value).empty()) return;
    auto rule = rules_.size() + exrules_.size() < most_rules ? Rule::read(property.value, *start_) : std::nullopt;
    unreadable_rule_ = unreadable_rule_ || !rule;
    if (!rule) return;
    BoundedRule bounded{.text = property.value, .rule = std::move(*rule), .until = {}};
    if (const auto& until = bounded.rule.until()) bounded.until = reader_.read(*until, Zone());
    (property.is("RRULE") ? rules_ : exrules_).push_back(std::move(bounded));
}

void Recurrence::read_further_dates(const Property& list) {
    for_each_date(list, [&](const DateValue& date) {
        if (base::trimmed(date.text).empty()) return;
        const auto instance = reader_.read(date);
        unreadable_date_ = unreadable_date_ || !instance;
        if (!instance) return;
        const auto slash = std::min(date.text.find('/'), date.text.size() - 1);
        dates_.add(*instance, further_.size());
        further_.push_back({*instance, std::string(base::trimmed(date.text.substr(slash + 1))), further_zones_.size()});
    });
    further_zones_.push_back(list.parameter("TZID"));
}

std::optional<Property> Recurrence::end_of_period(LocalTime time) const {
    const auto place = dates_.find(instance(time));
    if (!place || further_[*place].end.empty()) return std::nullopt;
    const FurtherDate& date = further_[*place];
    if (!wall_clock(date.end)) return Property{"DURATION", {}, date.end};
    Property end{"DTEND", {}, date.end};
    end.set_parameter("TZID", further_zones_[date.list]);
    return end;
}

Property Recurrence::at(std::string name, LocalTime time) const {
    Property property{std::move(name), dtstart_->parameters, date_time(time)};
    if (start_->date) property.value.resize(8);
    if (start_->utc) property.value += 'Z';
    return property;
}

Instance Recurrence::instance(LocalTime time) const {
    WallClock clock = wall_clock_at(time);
    clock.date = start_->date;
    clock.utc = start_->utc;
    return reader_.read(clock, zone_);
}

/// The last time that COUNT leaves; none without COUNT.
std::optional<LocalTime> Recurrence::last_of(const BoundedRule& bounded) const {
    const auto count = bounded.rule.count();
    if (!count || bounded.last) return bounded.last;
    bounded.last = start_->seconds() - 1;  // it yields nothing
    std::size_t seen = 0;
    bounded.rule.each(start_->seconds(), {effort_of_a_search, &effort_}, [&](LocalTime time) {
        bounded.last = time;
        return ++seen < *count;
    });
    return bounded.last;
}

bool Recurrence::within(const BoundedRule& bounded, LocalTime time) const {
    if (const auto last = last_of(bounded); last && time > *last) return false;
    return before_until(bounded, instance(time));
}

bool Recurrence::before_until(const BoundedRule& bounded, const Instance& at) const {
    if (!bounded.until) return true;
    if (bounded.until->date) return at.day <= bounded.until->day;
    // A time that ends a series of days is meant as its day, also by those who write midnight in UTC.
    return at.seconds <= bounded.until->seconds ||
           (start_->date && at.day * day_seconds <= bounded.rule.until()->seconds());
}

std::optional<LocalTime> Recurrence::found_in(const BoundedRule& bounded, const Instance& instance) const {
    for (const LocalTime time : bounded.rule.on_day(instance.day, effort_)) {
        if (!effort_.spend(effort_of_an_instant)) break;
        if ((instance.whole_day || this->instance(time).seconds == instance.seconds) && within(bounded, time))
            return time;
    }
    return std::nullopt;
}

std::optional<LocalTime> Recurrence::find(const Instance& wanted) const {
    if (!start_) return std::nullopt;
    for (const BoundedRule& bounded : exrules_)
        if (found_in(bounded, wanted)) return std::nullopt;
    InstanceIndex first;
    first.add(instance(start_->seconds()), 0);
    if (first.find(wanted)) return start_->seconds();
    for (const BoundedRule& bounded : rules_)
        if (const auto time = found_in(bounded, wanted)) return time;
    if (const auto place = dates_.find(wanted)) return clock_at(further_[*place].instance);
    return std::nullopt;
}

/// The wall clock in our zone at an instant: as far from DTSTART's as the instant is, an hour of daylight time aside.
LocalTime Recurrence::clock_at(const Instance& at) const {
    const LocalTime near = start_->seconds() + at.seconds - instance(start_->seconds()).seconds;
    for (const std::int64_t shift : {0, 3600, -3600, 1800, -1800})
        if (instance(near + shift).seconds == at.seconds) return near + shift;
    return near;
}

LocalTime Recurrence::time_of(const Component& component) const {
    const Property* const id = component.find("RECURRENCE-ID");
    const auto at = id == nullptr ? std::nullopt : reader_.read(*id);
    if (!at) return start_->seconds();
    return find(*at).value_or(clock_at(*at));
}

/// By an EXDATE or an EXRULE?
bool Recurrence::removed(const Instance& instance) const {
    return excluded(instance) ||
           std::ranges::any_of(exrules_, [&](const BoundedRule& rule) { return found_in(rule, instance).has_value(); });
}

Recurrence::Searched Recurrence::each(const std::function<Next(const Instance&)>& use) const {
    Searched searched{.whole = !unreadable_rule_ && !unreadable_date_, .barren = unreadable_rule_};
    if (!start_) return searched;
    auto next = Next::instance;
    const auto hand_out = [&](const Instance& one) {
        next = removed(one) ? Next::instance : use(one);
        return next == Next::instance;
    };
    hand_out(instance(start_->seconds()));
    for (const FurtherDate& date : further_)
        if (next != Next::none) hand_out(date.instance);
    for (const BoundedRule& bounded : rules_) {
        if (next == Next::none) break;
        std::size_t seen = 0;
        const auto count = bounded.rule.count();
        const bool whole = bounded.rule.each(start_->seconds(), {effort_of_a_search, &effort_}, [&](LocalTime time) {
            if (!effort_.spend(effort_of_an_instant) || (count && seen == *count)) return false;
            ++seen;
            if (time == start_->seconds()) return true;  // handed out already
            const Instance one = instance(time);
            return before_until(bounded, one) && hand_out(one);
        });
        searched.barren = searched.barren || (seen == 0 && !effort_.spent());
        searched.whole = searched.whole && whole;
    }
    searched.whole = searched.whole && !effort_.spent() && next == Next::instance;
    return searched;
}

Expected<std::optional<LocalTime>> Recurrence::next_after(const Instance& at,
                                                          const std::function<bool(const Instance&)>& wanted) const {
    std::optional<LocalTime> next;
    if (!start_) return next;
    std::optional<std::int64_t> seconds;  // of the next
    const auto offer = [&](LocalTime time) {
        const Instance one = instance(time);
        if (one.seconds <= at.seconds || (seconds && one.seconds >= *seconds) || removed(one) || !wanted(one)) return;
        next = time;
        seconds = one.seconds;
    };
    offer(start_->seconds());
    for (const FurtherDate& date : further_)
        if (effort_.spend(effort_of_an_instant)) offer(clock_at(date.instance));
    bool all = true;
    for (const BoundedRule& bounded : rules_) {
        const LocalTime from = std::max(start_->seconds() + 1, at.day * day_seconds);
        const bool whole = bounded.rule.each(from, {effort_of_a_search, &effort_}, [&](LocalTime time) {
            if (!effort_.spend(effort_of_an_instant) || !within(bounded, time)) return false;
            offer(time);
            return !seconds || instance(time).seconds < *seconds;
        });
        all = all && whole;
    }
    if (!all || effort_.spent()) return refuse(Reason::too_complex, "the search for the next instance takes too long");
    return next;
}

bool Recurrence::is_first(const Instance& at) const {
    return start_ && at.seconds <= instance(start_->seconds()).seconds;
}

bool Recurrence::goes_on_after(const Property& rrule, const Instance& at) const {
    const auto bounded = std::ranges::find(rules_, rrule.value, &BoundedRule::text);
    if (bounded == rules_.end()) return true;
    if (const auto last = last_of(*bounded); last && instance(*last).seconds < at.seconds) return false;
    return before_until(*bounded, at);
}

std::string Recurrence::until_before(const Instance& instance) const {
    if (start_->date) return date_time((instance.day - 1) * day_seconds).substr(0, 8);
    const bool floating = !start_->utc && !dtstart_->parameter("TZID");
    if (!floating) return date_time(instance.seconds - 1) + "Z";
    return date_time(find(instance).value_or(instance.seconds) - 1);
}

}  // namespace calendar::itip
