#include "calendar/itip/recurrence.h"

#include <algorithm>
#include <utility>

#include "calendar/itip/text.h"
#include "calendar/itip/when.h"

namespace calendar::itip {

namespace {

constexpr std::int64_t day_seconds = 86400;
constexpr std::size_t most_rules = 10;
constexpr std::size_t effort_of_a_search = 50'000;  // more than a century of days
constexpr std::size_t effort_of_an_instant = 8;     // the zones are asked

}  // namespace

Recurrence::Recurrence(const Component& master, Effort& effort, const std::string& home)
    : effort_(effort), reader_(master.find("DTSTART"), home) {
    const Property* start = master.find("DTSTART");
    if (start == nullptr) start = master.find("DUE");  // a VTODO may have only that
    if (start == nullptr) return;
    dtstart_ = *start;
    start_ = wall_clock(trimmed(start->value));
    if (!start_) return;
    for (const Property& property : master.properties) {
        if ((!property.is("RRULE") && !property.is("EXRULE")) || trimmed(property.value).empty()) continue;
        auto rule = rules_.size() + exrules_.size() < most_rules ? Rule::read(property.value, *start_) : std::nullopt;
        unreadable_ = unreadable_ || !rule;
        if (!rule) continue;
        Series series{property.value, std::move(*rule), {}, {}};
        if (const auto until = series.rule.until())
            series.until = reader_.read({"UNTIL",
                                         {},
                                         until->date ? date_time(until->seconds()).substr(0, 8)
                                                     : date_time(until->seconds()) + (until->utc ? "Z" : "")});
        if (const auto count = series.rule.count()) {
            std::size_t seen = 0;
            series.rule.each(start_->seconds(), {effort_of_a_search, &effort_}, [&](LocalTime time) {
                series.last = time;
                return ++seen < *count;
            });
            if (!series.last) series.last = start_->seconds() - 1;  // it yields nothing
        }
        (property.is("RRULE") ? rules_ : exrules_).push_back(std::move(series));
    }
    for_each_date(master, "RDATE", [&](const Property& date) {
        if (trimmed(date.value).empty()) return;
        if (const auto instance = reader_.read(date)) dates_.add(*instance, rdates_.size());
        rdates_.push_back(date);
    });
    for_each_date(master, "EXDATE", [&](const Property& date) {
        if (const auto instance = reader_.read(date)) excluded_.add(*instance, 0);
    });
}

const Property* Recurrence::period_at(LocalTime time) const {
    const auto place = dates_.find(instance(time));
    return place && rdates_[*place].value.find('/') != std::string::npos ? &rdates_[*place] : nullptr;
}

Property Recurrence::at(std::string name, LocalTime time) const {
    Property property{std::move(name), dtstart_->parameters, date_time(time)};
    if (start_->date) property.value.resize(8);
    if (start_->utc) property.value += 'Z';
    return property;
}

Instance Recurrence::instance(LocalTime time) const {
    return reader_.read(at("RECURRENCE-ID", time)).value_or(Instance{});
}

bool Recurrence::within(const Series& series, LocalTime time) const {
    if (series.last && time > *series.last) return false;
    if (!series.until) return true;
    const Instance here = instance(time);
    return series.until->date ? here.day <= series.until->day : here.seconds <= series.until->seconds;
}

std::optional<LocalTime> Recurrence::found_in(const Series& series, const Instance& instance) const {
    for (const LocalTime time : series.rule.on_day(instance.day, effort_)) {
        if (!effort_.spend(effort_of_an_instant)) break;
        if ((instance.whole_day || this->instance(time).seconds == instance.seconds) && within(series, time))
            return time;
    }
    return std::nullopt;
}

std::optional<LocalTime> Recurrence::find(const Instance& wanted) const {
    if (!start_) return std::nullopt;
    for (const Series& series : exrules_)
        if (found_in(series, wanted)) return std::nullopt;
    InstanceIndex first;
    first.add(instance(start_->seconds()), 0);
    if (first.find(wanted)) return start_->seconds();
    for (const Series& series : rules_)
        if (const auto time = found_in(series, wanted)) return time;
    if (const auto place = dates_.find(wanted)) {
        const auto extra = reader_.read(rdates_[*place]);
        // Its wall clock in our zone: as far from DTSTART's as its instant is, an hour of daylight time aside.
        const LocalTime near = start_->seconds() + extra->seconds - instance(start_->seconds()).seconds;
        for (const std::int64_t shift : {0, 3600, -3600, 1800, -1800})
            if (instance(near + shift).seconds == extra->seconds) return near + shift;
        return near;
    }
    return std::nullopt;
}

bool Recurrence::each(std::int64_t end, const std::function<bool(const Instance&)>& use) const {
    if (!start_) return true;
    bool wanted = true;
    const auto hand_out = [&](const Instance& one) {
        const bool counts = !excluded(one) && std::ranges::none_of(exrules_, [&](const Series& rule) {
            return found_in(rule, one).has_value();
        });
        wanted = !counts || use(one);
        return wanted;
    };
    hand_out(instance(start_->seconds()));
    bool all = !unreadable_;
    for (const Property& date : rdates_) {
        const auto extra = reader_.read(date);
        all = all && extra;
        if (wanted && extra && extra->seconds < end) hand_out(*extra);
    }
    for (const Series& series : rules_) {
        if (!wanted) return true;
        const bool whole = series.rule.each(start_->seconds() + 1, {effort_of_a_search, &effort_}, [&](LocalTime time) {
            if (!effort_.spend(effort_of_an_instant)) return false;
            const Instance one = instance(time);
            return one.seconds < end && within(series, time) && hand_out(one);
        });
        all = all && whole;
    }
    return (all && !effort_.spent()) || !wanted;
}

bool Recurrence::impossible() const {
    return unreadable_ || std::ranges::any_of(rules_, [&](const Series& series) {
               bool any = false;
               series.rule.each(start_->seconds(), {effort_of_a_search, &effort_}, [&any](LocalTime) {
                   any = true;
                   return false;
               });
               return !any && !effort_.spent();
           });
}

bool Recurrence::is_first(const Instance& at) const {
    return start_ && at.seconds <= instance(start_->seconds()).seconds;
}

bool Recurrence::goes_on_after(const Property& rrule, const Instance& at) const {
    const auto series = std::ranges::find(rules_, rrule.value, &Series::text);
    if (series == rules_.end()) return true;
    if (series->last && instance(*series->last).seconds < at.seconds) return false;
    return !series->until || series->until->seconds >= at.seconds;
}

std::string Recurrence::until_before(const Instance& instance) const {
    if (start_->date) return date_time((instance.day - 1) * day_seconds).substr(0, 8);
    const bool floating = !start_->utc && !dtstart_->parameter("TZID");
    if (!floating) return date_time(instance.seconds - 1) + "Z";
    return date_time(find(instance).value_or(instance.seconds) - 1);
}

}  // namespace calendar::itip
