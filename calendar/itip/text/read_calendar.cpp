#include "calendar/itip/text/read_calendar.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/line_kind.h"
#include "calendar/itip/text/property_value.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

using What = Dropped::What;

constexpr std::size_t longest_component_name = 64;

bool is_party(std::string_view name) noexcept {
    return base::same_word(name, "ATTENDEE") || base::same_word(name, "ORGANIZER");
}

class Reader {
  public:
    Reader(std::string_view text, const Reading& reading)
        : reading_(reading), stored_(reading.of == Reading::Of::stored), lines_(text) {}

    Expected<CalendarText> run() {
        while (lines_.next())
            if (auto fine = line(); !fine) return tl::unexpected(std::move(fine.error()));
        if (zone_ && zone_->fault) return tl::unexpected(std::move(*zone_->fault));
        if (open_.size() == 1 && ended_) close();
        if (!open_.empty())
            return refuse(Reason::bad_calendar,
                          fault(open_.back().component, "END:" + open_.back().component.name + " is missing"));
        if (out_.calendars.empty()) return refuse(Reason::bad_calendar, "there is no VCALENDAR");
        return std::move(out_);
    }

  private:
    /// One BEGIN that has no END yet.
    struct Open {
        Component component;
        PropertyRule::Place place;
        std::size_t attendees = 0;
        std::vector<std::pair<const PropertyRule*, std::size_t>> once{};  ///< the properties that may not come again
    };
    struct Counts {
        std::size_t components = 0, properties = 0, observances = 0;
    };
    /// The VTIMEZONE that is open. A fault in it counts only when the system does not know the zone.
    struct Zone {
        Counts counts;    ///< before it
        Dropped dropped;  ///< before it
        std::optional<Refusal> fault{};
        std::optional<Property> tzid{};
        bool two_names = false;
    };

    tl::unexpected<Refusal> wrong(Reason reason, std::string_view what) const {
        const Property here{
            .name = base::uppered(line_name(text_)), .parameters = {}, .value = {}, .line = lines_.number()};
        return refuse(reason,
                      open_.empty() ? at_line(lines_.number(), what) : fault(open_.back().component, here, what));
    }
    tl::unexpected<Refusal> wrong(const Refusal& why) const { return wrong(why.reason, why.detail); }
    tl::unexpected<Refusal> bad(std::string_view what) const { return wrong(Reason::bad_calendar, what); }
    tl::unexpected<Refusal> too_many(std::string_view what, std::size_t most) const {
        return refuse(Reason::too_complex, at_line(lines_.number(), fmt::format("more than {} {}", most, what)));
    }

    Expected<void> line() {
        text_ = lines_.line();
        if (zone_) note_tzid();
        if (zone_ && zone_->fault) return skip_in_zone();
        auto fine = any_line();
        if (fine || !zone_) return fine;
        zone_->fault = std::move(fine.error());
        return skip_in_zone();
    }

    void note_tzid() {
        if (!base::same_word(line_name(text_), "TZID")) return;
        Property tzid{.name = "TZID",
                      .parameters = {},
                      .value = std::string(base::trimmed(split_line(text_).value.value_or(""))),
                      .line = lines_.number()};
        if (zone_->tzid && zone_->tzid->value != tzid.value) zone_->two_names = true;
        if (!zone_->tzid) zone_->tzid = std::move(tzid);
    }

    /// Of a zone with a fault only the end matters, as long as it has one.
    Expected<void> skip_in_zone() {
        const auto [head, value] = split_line(text_);
        const bool begins = base::same_word(head, "BEGIN");
        if (!begins && !base::same_word(head, "END")) return {};
        const std::string name = base::uppered(base::trimmed(value.value_or("")));
        if (!begins && name == "VTIMEZONE") return end_zone();
        const bool is_outside = name == "VCALENDAR" || (begins && !may_stand_in("STANDARD", name));
        return is_outside ? tl::unexpected(std::move(*zone_->fault)) : Expected<void>();
    }

    Expected<void> end_zone() {
        Zone zone = std::move(*zone_);
        zone_.reset();
        const bool known = zone.tzid && !zone.two_names && reading_.knows_zone(unescaped(zone.tzid->value));
        if (!known && zone.fault) return tl::unexpected(std::move(*zone.fault));
        open_.resize(2);
        if (known) {
            counts_ = zone.counts;
            out_.dropped = std::move(zone.dropped);
            open_.back().component.properties = {std::move(*zone.tzid)};
            open_.back().component.components.clear();
        }
        close();
        return {};
    }

    Expected<void> any_line() {
        if (!stored_ && !base::valid_utf8(text_))
            return refuse(Reason::bad_encoding, at_line(lines_.number(), "the text is not UTF-8"));
        const bool controls = has_control(text_);
        if (controls) clean_ = without_controls(text_);
        if (const auto hidden = load_bearing_behind_return(text_, place()); !stored_ && !hidden.empty())
            return bad(fmt::format("carriage return followed by {}", base::uppered(hidden)));
        const std::string_view name = line_name(controls ? std::string_view(clean_) : text_);
        if (base::same_word(name, "BEGIN") || base::same_word(name, "END")) return frame();
        if (++counts_.properties > reading_.limits.properties)
            return too_many("properties", reading_.limits.properties);
        const bool before = std::exchange(load_bearing_, is_load_bearing(name, place()));
        if (lines_.orphan())
            return before || is_load_bearing(base::trimmed(name), place())
                       ? bad("continuation line behind a blank line")
                       : drop();
        if (open_.empty()) return drop();
        if (load_bearing_) return is_party(line_name(text_)) ? party() : load_bearing();
        if (PropertyRule::of(name) == nullptr && begins_load_bearing(text_, place())) return bad("not a content line");
        if (!stored_ && !is_property_name(name)) return drop();
        if (!stored_ && controls) {
            out_.dropped.add(What::control_characters, lines_.number(), name);
            text_ = clean_;
        }
        auto property = parse_content_line(text_);
        if (property) return keep(std::move(*property));
        return property.error().reason == Reason::bad_calendar ? drop() : wrong(property.error());
    }

    Expected<void> load_bearing() {
        if (has_control(text_)) return bad("control character");
        if (!base::valid_utf8(text_)) return bad("not UTF-8");
        auto property = parse_content_line(text_);
        return property ? keep(std::move(*property)) : wrong(property.error());
    }

    Expected<void> party() {
        const bool attendee = base::same_word(line_name(text_), "ATTENDEE");
        if (attendee && ++open_.back().attendees > reading_.limits.attendees)
            return too_many("attendees", reading_.limits.attendees);
        auto property = parse_party(text_);
        if (!property && property.error().reason != Reason::bad_calendar) return wrong(property.error());
        if (property && (has_control(property->value) || !base::valid_utf8(property->value)))
            property = refuse(Reason::bad_calendar, "not an address");
        // An address or a URI; else it is text that was not escaped.
        const bool is_text = property && !stored_ && property->value.find_first_of("@:/") == std::string::npos;
        if (attendee && (is_text || !property)) return drop();
        if (!property) return bad(property.error().detail);
        if (stored_) return keep(std::move(*property));
        if (property->mended) out_.dropped.add(What::parameters, lines_.number(), property->name);
        if (has_control(text_)) out_.dropped.add(What::control_characters, lines_.number(), property->name);
        for (Parameter& parameter : property->parameters)
            parameter.value = without_controls(parameter.value);
        return keep(std::move(*property));
    }

    Expected<void> frame() {
        load_bearing_ = true;
        const auto property = parse_content_line(text_);
        if (!property) return wrong(property.error());
        const std::string name = base::uppered(base::trimmed(property->value));
        const bool usable =
            !name.empty() && name.size() <= longest_component_name && base::letters_digits_or(name, "-_");
        if (!usable || !property->parameters.empty()) return bad("must name a component");
        return property->is("BEGIN") ? begin(name) : end(name);
    }

    Expected<void> begin(const std::string& name) {
        if (open_.size() == CalendarLimits::depth)
            return refuse(Reason::too_deep,
                          at_line(lines_.number(),
                                  fmt::format("components are nested more than {} deep", CalendarLimits::depth)));
        if ((name == "VCALENDAR") != open_.empty())
            return bad("BEGIN:" + name + (open_.empty() ? " outside of VCALENDAR" : " inside of VCALENDAR"));
        if (name == "VTIMEZONE" && open_.size() == 1) zone_ = Zone{.counts = counts_, .dropped = out_.dropped};
        if (!open_.empty() && !may_stand_in(open_.back().component.name, name))
            return bad(name + " is not allowed inside of " + open_.back().component.name);
        if (++counts_.components > reading_.limits.components + 1)
            return too_many("components", reading_.limits.components);
        if ((name == "STANDARD" || name == "DAYLIGHT") && ++counts_.observances > reading_.limits.observances)
            return too_many("time zone observances", reading_.limits.observances);
        open_.push_back({.component = {name, {}, {}, lines_.number()}, .place = PropertyRule::place(name)});
        ended_ = false;
        return {};
    }

    Expected<void> end(const std::string& name) {
        if (open_.empty()) return bad("END:" + name + " outside of VCALENDAR");
        if (name != open_.back().component.name) return bad("does not match BEGIN:" + open_.back().component.name);
        if (zone_ && open_.size() == 2) return end_zone();
        close();
        return {};
    }

    void close() {
        Component closed = std::move(open_.back().component);
        open_.pop_back();
        (open_.empty() ? out_.calendars : open_.back().component.components).push_back(std::move(closed));
        ended_ = true;
    }

    Expected<void> keep(Property property) {
        Open& open = open_.back();
        property.line = lines_.number();
        if (const auto fine = check_value(property, open.place); !fine) return wrong(fine.error());
        const PropertyRule* const rule = PropertyRule::of(property.name);
        if (rule != nullptr && (rule->once & open.place) != 0) {
            const auto before = std::ranges::find(open.once, rule, &decltype(open.once)::value_type::first);
            if (before != open.once.end())
                return repeat(open.component.properties[before->second], std::move(property));
            open.once.emplace_back(rule, open.component.properties.size());
        }
        append(std::move(property));
        return {};
    }

    /// What stands once only, and stood before.
    Expected<void> repeat(const Property& first, Property property) {
        const bool same = says_the_same(first, property);
        if (load_bearing_) return same ? Expected<void>() : bad(fmt::format("line {} has another value", first.line));
        if (stored_)
            append(std::move(property));
        else if (!same)
            out_.dropped.add(What::repetition, property.line, property.name);
        return {};
    }

    Expected<void> drop() {
        const std::string_view name = line_name(text_);
        if (!stored_) {
            out_.dropped.add(What::line, lines_.number(), without_controls(name));
        } else if (!open_.empty()) {
            Property property{.name = std::string(base::letters_digits_or(name, "-_") ? name : ""),
                              .parameters = {},
                              .value = {},
                              .line = lines_.number()};
            append(std::move(property));
        }
        return {};
    }

    void append(Property property) {
        if (stored_) keep_as_it_came(property, lines_);
        open_.back().component.properties.push_back(std::move(property));
        ended_ = false;
    }

    PropertyRule::Place place() const noexcept { return open_.empty() ? PropertyRule::other : open_.back().place; }

    const Reading& reading_;
    const bool stored_;
    LineReader lines_;
    std::string_view text_;  // the line
    std::string clean_;      // without control characters
    std::vector<Open> open_;
    std::optional<Zone> zone_;
    Counts counts_;
    bool load_bearing_ = false;  // the line, or that before it
    bool ended_ = false;         // the last that was kept is the END of a component
    CalendarText out_;
};

}  // namespace

Expected<CalendarText> read_calendar(std::string_view text, const Reading& reading) {
    if (text.size() > reading.limits.bytes)
        return refuse(Reason::too_large,
                      fmt::format("the text has {} bytes; the limit is {}", text.size(), reading.limits.bytes));
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
        const auto line = 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, nul), '\n'));
        return refuse(base::valid_utf8(text) ? Reason::bad_calendar : Reason::bad_encoding, at_line(line, "a NUL"));
    }
    return Reader(text, reading).run();
}

}  // namespace calendar::itip
