#include "calendar/itip/read/find_hazards.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "calendar/base/text.h"
#include "calendar/itip/read/unsafe_content.h"
#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/instance.h"
#include "calendar/itip/time/recurrence.h"
#include "calendar/itip/time/time_zone.h"

namespace calendar::itip {

namespace {

constexpr long long day = day_seconds;

struct Frequency {
    std::string_view word;
    long long seconds;  ///< the shortest that it can be
};

constexpr std::array<Frequency, 7> frequencies{{{"SECONDLY", 1},
                                                {"MINUTELY", 60},
                                                {"HOURLY", 3600},
                                                {"DAILY", day},
                                                {"WEEKLY", 7 * day},
                                                {"MONTHLY", 28 * day},
                                                {"YEARLY", 365 * day}}};

long long positive_number(std::string_view text) noexcept {
    constexpr long long most = 1'000'000;
    long long value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc{} ? std::clamp(value, 1LL, most) : 1;
}

bool sub_daily(std::string_view rule, long long shortest_repeat) {
    long long unit = 1;  // an unknown FREQ counts as the worst
    long long interval = 1;
    long long times_a_day = 1;
    bool many_days = false;
    base::for_each_piece(rule, ';', [&](std::string_view piece) {
        const auto equals = std::min(piece.find('='), piece.size());
        const std::string name = base::uppered(base::trimmed(piece.substr(0, equals)));
        const std::string_view value = base::trimmed(piece.substr(std::min(equals + 1, piece.size())));
        const auto values = 1 + std::ranges::count(value, ',');
        if (name == "FREQ") {
            const auto* const found = std::ranges::find_if(
                frequencies, [&](const Frequency& known) { return base::same_word(known.word, value); });
            if (found != frequencies.end()) unit = found->seconds;
        } else if (name == "INTERVAL") {
            interval = positive_number(value);
        } else if (name == "BYHOUR" || name == "BYMINUTE" || name == "BYSECOND") {
            times_a_day *= values;
        } else if (name == "BYDAY" || name == "BYMONTHDAY" || name == "BYYEARDAY") {
            many_days = many_days || values > 1;
        }
    });
    if (unit < 3600 || (unit < day && shortest_repeat >= day)) return true;
    long long gap = unit * interval;
    if (many_days || times_a_day > 1) gap = std::min(gap, day);
    return gap / times_a_day < shortest_repeat;
}

/// More series than this in one message are too many to look at.
constexpr std::size_t most_series = 20;

/// So many of a series may begin within the shortest repeat: three on each of the two days that any 24 hours touch.
constexpr std::size_t most_in_a_repeat = 6;

/// So far ahead of ours an honest sender's clock may be, in seconds.
constexpr long long most_ahead = 2 * day;

/// No clock is put forward or back by more at once.
constexpr long long most_change = 2 * 3600;

struct Found {
    std::set<Hazard> hazards;
    void add(Hazard hazard, bool is_there) {
        if (is_there) hazards.insert(hazard);
    }
};

void look_at(const Property& property, const HazardLimits& limits, Found& found) {
    if (property.is("RRULE")) found.add(Hazard::sub_daily, sub_daily(property.value, limits.shortest_repeat));
    if (property.is("ATTACH") || property.is("IMAGE"))
        found.add(Hazard::local_attachment, is_local_attachment(property));
    if (property.is("DESCRIPTION") || property.is("COMMENT"))
        found.add(Hazard::html_description, is_html_page(property.value) || has_script(property.value));
    found.add(Hazard::unsafe_link, has_unsafe_link(property));
}

const Property* start_of(const Component& component) {
    const Property* const start = component.find("DTSTART");
    return start == nullptr ? component.find("DUE") : start;  // a VTODO may have only that
}

/// Seconds from one to the other, by the clock on the wall when they are in the same zone: a day has 24 hours there,
/// even when the clocks change.
std::optional<std::int64_t> span(Property from, Property to) {
    if (from.parameter("TZID") == to.parameter("TZID")) {
        from.set_parameter("TZID", std::nullopt);
        to.set_parameter("TZID", std::nullopt);
    }
    const auto first = moment_of(from);
    const auto last = moment_of(to);
    return first && last ? std::optional(last->seconds - first->seconds) : std::nullopt;
}

std::int64_t duration(const Component& component) {
    const Property* const start = component.find("DTSTART");
    const Property* end = component.find("DTEND");
    if (end == nullptr) end = component.find("DUE");
    const auto length = start == nullptr || end == nullptr ? std::nullopt : span(*start, *end);
    if (length) return *length;
    const auto from = start == nullptr ? std::nullopt : moment_of(*start);
    return duration_seconds(component.value("DURATION")).value_or(from && from->date ? day : 0);
}

/// Of a single RDATE with a PERIOD (RFC 5545 3.3.9); none when it has none.
std::optional<std::int64_t> length_of_period(const Property& date) {
    const auto slash = date.value.find('/');
    if (slash == std::string::npos) return std::nullopt;
    const std::string_view end = base::trimmed(std::string_view(date.value).substr(slash + 1));
    if (const auto length = duration_seconds(end)) return length;
    return span(date, {date.name, date.parameters, std::string(end)});
}

/// How long the instances of a component last (RFC 5545 3.8.5.2, 3.8.5.3): as long as the first, that of a PERIOD as
/// long as this.
class Lengths {
  public:
    explicit Lengths(const Component& component) : usual_(duration(component)), longest_(usual_) {
        const InstanceReader reader(start_of(component));
        for_each_date(component, "RDATE", [&](const Property& date) {
            const auto length = length_of_period(date);
            const auto instance = length ? reader.read(date) : std::nullopt;
            if (!instance) return;
            std::int64_t& known = periods_.try_emplace(instance->seconds, *length).first->second;
            known = std::max(known, *length);
            longest_ = std::max(longest_, *length);
        });
    }

    std::int64_t usual() const noexcept { return usual_; }
    std::int64_t longest() const noexcept { return longest_; }
    /// Of the instance that begins then.
    std::int64_t at(std::int64_t start) const {
        const auto period = periods_.find(start);
        return period == periods_.end() ? usual_ : period->second;
    }

  private:
    std::int64_t usual_;
    std::int64_t longest_;
    std::map<std::int64_t, std::int64_t> periods_;
};

/// Until when the instances of a series are looked at, and for what.
struct Span {
    std::int64_t horizon = 0;            ///< those that begin before it are kept
    std::size_t allowed = 0;             ///< so many, and one more
    std::optional<std::int64_t> recent;  ///< does one begin then or later?
};

/// The starts of the instances within the horizon, in order; one more than allowed when there are more.
class Starts {
  public:
    Starts(const Recurrence& recurrence, const Property& first, const Span& span) : zone_(first.parameter("TZID")) {
        std::set<std::int64_t> sorted;
        recent_ = !span.recent;
        const auto searched = recurrence.each([&](const Instance& instance) {
            const auto start = instance.seconds;
            if (start < span.horizon && sorted.size() <= span.allowed) sorted.insert(start);
            recent_ = recent_ || start >= *span.recent;
            const bool enough = start >= span.horizon || sorted.size() > span.allowed;
            return enough && recent_ ? Recurrence::Next::rule : Recurrence::Next::instance;
        });
        recent_ = recent_ || !searched.whole;
        impossible_ = searched.barren;
        starts_.assign(sorted.begin(), sorted.end());
    }

    /// Is there a rule that nothing fits, or that cannot be read?
    bool impossible() const noexcept { return impossible_; }
    /// Does one begin at the time that was asked for or later? Also when that is not known.
    bool recent() const noexcept { return recent_; }
    std::size_t size() const noexcept { return starts_.size(); }

    /// Does one begin before the one before it ends?
    bool overlap(const Lengths& lengths) const {
        return std::ranges::adjacent_find(starts_, [&](std::int64_t one, std::int64_t next) {
                   return nearer(one, next, lengths.at(one));
               }) != starts_.end();
    }

    /// Do more begin within that time than an honest series needs?
    bool crowd(long long shortest_repeat) const {
        for (std::size_t i = most_in_a_repeat; i < starts_.size(); ++i)
            if (nearer(starts_[i - most_in_a_repeat], starts_[i], shortest_repeat)) return true;
        return false;
    }

  private:
    /// Do two begin nearer to each other than this? Not where a change of the clocks may account for it.
    bool nearer(std::int64_t one, std::int64_t later, long long apart) const {
        const long long missing = apart - (later - one);
        return missing > most_change || (missing > 0 && missing > change_of_clocks(one, later));
    }

    /// From the day before one to the day after the other: an instance at a time that a change leaves out lies on
    /// either side of it.
    long long change_of_clocks(std::int64_t one, std::int64_t later) const {
        const auto before = offset(one - day);
        const auto after = offset(later + day);
        return before && after ? std::abs(*before - *after) : 0;
    }

    std::optional<int> offset(std::int64_t near) const {
        const auto clock = wall_clock(date_time(near));
        return zone_ && clock ? utc_offset(*zone_, *clock) : std::nullopt;
    }

    std::optional<std::string> zone_;
    std::vector<std::int64_t> starts_;
    bool impossible_ = false;
    bool recent_ = false;
};

/// When the message was written, as far as that is believed: a DTSTAMP of the year 9999 would make every year a near
/// one.
std::optional<std::int64_t> written(const Component& component, const HazardLimits& limits) {
    const auto* const line = component.find("DTSTAMP");
    const auto stamp = line == nullptr ? std::nullopt : moment_of(*line);
    if (!stamp) return std::nullopt;
    return limits.now ? std::min<std::int64_t>(stamp->seconds, *limits.now + most_ahead) : stamp->seconds;
}

/// When and how often it takes place: one search for all that is asked.
void look_at_series(const Component& component, const Lengths& lengths, const HazardLimits& limits, Effort& effort,
                    Found& found) {
    const Recurrence recurrence(component, effort);
    const Property* const start = start_of(component);
    const auto first = start == nullptr ? std::nullopt : moment_of(*start);
    if (!first) return;
    const auto stamp = written(component, limits);
    Span span{first->seconds + limits.horizon, limits.instances, {}};
    if (stamp) span.recent = *stamp - limits.far_future - lengths.usual();
    const Starts starts(recurrence, *start, span);
    found.add(Hazard::impossible_rule, starts.impossible());
    found.add(Hazard::too_many_instances, starts.size() > limits.instances);
    found.add(Hazard::sub_daily, starts.crowd(limits.shortest_repeat));
    found.add(Hazard::overlapping, limits.overlap && starts.overlap(lengths));
    found.add(Hazard::far_future, stamp && first->seconds > *stamp + limits.far_future);
    found.add(Hazard::far_past, !starts.recent());
}

/// All alarms within it, at every depth; how many there are.
std::size_t look_at_alarms(const Component& component, Found& found) {
    std::size_t alarms = 0;
    for (const Component& child : component.components) {  // bounded: depth
        alarms += look_at_alarms(child, found);
        if (child.name != "VALARM") continue;
        ++alarms;
        found.add(Hazard::alarm_action, has_harmful_action(child));
    }
    return alarms;
}

void look_at(const Component& component, const Lengths& lengths, const HazardLimits& limits, Found& found) {
    std::size_t attendees = 0;
    std::size_t attachments = 0;
    for (const Property& property : component.properties) {
        look_at(property, limits, found);
        attendees += property.is("ATTENDEE") ? 1 : 0;
        attachments += property.is("ATTACH") ? 1 : 0;
    }
    const std::size_t alarms = limits.alarms_kept ? look_at_alarms(component, found) : 0;
    found.add(Hazard::too_long, lengths.longest() > limits.longest);
    found.add(Hazard::many_attendees, attendees > limits.attendees);
    found.add(Hazard::many_alarms, alarms > limits.alarms);
    found.add(Hazard::many_attachments, attachments > limits.attachments);
}

}  // namespace

std::vector<Hazard> find_hazards(std::span<const Component> components, const HazardLimits& limits, Effort& effort) {
    Found found;
    std::size_t series = 0;
    for (const Component& component : components) {
        const Lengths lengths(component);
        look_at(component, lengths, limits, found);
        const bool repeats = component.find("RRULE") != nullptr || component.find("RDATE") != nullptr;
        if (!repeats || ++series <= most_series)
            look_at_series(component, lengths, limits, effort, found);
        else
            found.add(Hazard::too_many_instances, true);
        found.add(Hazard::too_many_instances, repeats && effort.spent());
    }
    return {found.hazards.begin(), found.hazards.end()};
}

}  // namespace calendar::itip
