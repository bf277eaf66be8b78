#include "calendar/itip/text/read_calendar.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/line_kind.h"
#include "calendar/itip/text/open_components.h"
#include "calendar/itip/text/open_zone.h"
#include "calendar/itip/text/party_line.h"
#include "calendar/itip/text/property_value.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

using What = Dropped::What;

constexpr std::string_view not_a_line = "not a content line";

bool is_party(std::string_view name) noexcept {
    return base::same_word(name, "ATTENDEE") || base::same_word(name, "ORGANIZER");
}

class Reader {
  public:
    Reader(std::string_view text, const Reading& reading)
        : reading_(reading), stored_(reading.of == Reading::Of::stored), lines_(text), open_(reading.limits) {}

    Expected<CalendarText> run() {
        while (lines_.next())
            if (auto fine = line(); !fine) return tl::unexpected(std::move(fine.error()));
        if (zone_ && zone_->fault) return tl::unexpected(std::move(*zone_->fault));
        if (open_.size() == 1 && ended_) open_.close(out_.calendars);
        if (!open_.empty())
            return refuse(Reason::bad_calendar,
                          fault(innermost().component, "END:" + innermost().component.name + " is missing"));
        if (out_.calendars.empty()) return refuse(Reason::bad_calendar, "there is no VCALENDAR");
        return std::move(out_);
    }

  private:
    OpenComponent& innermost() noexcept { return open_.innermost(); }

    tl::unexpected<Refusal> wrong(Reason reason, std::string_view what) const {
        const auto indent = std::min(text_.find_first_not_of(" \t"), text_.size());
        const std::string name = base::uppered(line_name(text_.substr(indent)));
        const Property here{.name = name, .parameters = {}, .value = {}, .line = number_};
        return refuse(reason, open_.empty() ? at_line(number_, what) : fault(open_.innermost().component, here, what));
    }
    tl::unexpected<Refusal> wrong(const Refusal& why) const { return wrong(why.reason, why.detail); }
    tl::unexpected<Refusal> bad(std::string_view what) const { return wrong(Reason::bad_calendar, what); }
    tl::unexpected<Refusal> at_this_line(const Refusal& why) const {
        return refuse(why.reason, at_line(number_, why.detail));
    }

    Expected<void> line() {
        text_ = lines_.line();
        number_ = lines_.number();
        torn_.clear();
        if (zone_ && !zone_->note(text_, number_) && !stored_)
            return at_this_line(too_many("TZIDs in a VTIMEZONE", OpenZone::most_names).value());
        if (zone_ && zone_->fault) return skip_in_zone();
        auto fine = any_line();
        if (fine || !zone_) return fine;
        zone_->fault = std::move(fine.error());
        return skip_in_zone();
    }

    /// Of a zone with a fault only the end matters, as long as it has one.
    Expected<void> skip_in_zone() {
        const auto [head, value] = split_line(text_);
        const bool begins = base::same_word(head, "BEGIN");
        if (!begins && !base::same_word(head, "END")) return {};
        const std::string name = base::uppered(base::trimmed(value.value_or("")));
        if (!begins && name == "VTIMEZONE") return end_zone(number_), Expected<void>();
        const bool is_outside = name == "VCALENDAR" || (begins && !may_stand_in("STANDARD", name));
        if (!is_outside) return {};
        if (!stored_) return tl::unexpected(std::move(*zone_->fault));
        end_zone(number_ - 1);
        return any_line();
    }

    /// Its last line is of that number: the one before this line, where it has no END.
    void end_zone(std::size_t last_line) {
        OpenZone zone = std::move(*zone_);
        zone_.reset();
        const auto known = zone.tzids.size() == 1 ? reading_.kind_of_tzid(unescaped(zone.tzids.front().value))
                                                  : Reading::Tzid::unknown;
        const bool is_place = known == Reading::Tzid::place;
        const bool is_dropped = zone.fault && !is_place && !stored_;
        open_.cut(is_dropped ? 1 : 2);
        ended_ = true;
        if (!zone.fault && !is_place) return open_.close(out_.calendars);
        open_.counts = zone.counts;
        out_.dropped = std::move(zone.dropped);
        if (is_dropped) return out_.broken_zones.push_back(std::move(zone).broken());
        Component& component = innermost().component;
        if (!is_place)
            component.as_it_came = std::make_shared<const std::string>(
                zone.text(last_line).append(last_line == number_ ? "" : "END:VTIMEZONE\r\n"));
        component.components.clear();
        component.properties.clear();
        if (zone.tzids.size() == 1) component.properties.push_back(std::move(zone.tzids.front()));
        open_.close(out_.calendars);
    }

    Expected<void> any_line() {
        if (!stored_ && !is_utf8_or_mendable(text_))
            return refuse(Reason::bad_encoding, at_line(number_, "the text is not UTF-8"));
        const bool controls = has_control(text_);
        if (controls) clean_ = without_controls(text_);
        const auto place = open_.place();
        if (const auto hidden = load_bearing_behind_return(text_, place); !stored_ && !hidden.empty())
            return bad(fmt::format("carriage return followed by {}", base::uppered(hidden)));
        const std::string_view name = line_name(controls ? std::string_view(clean_) : text_);
        if (base::same_word(name, "BEGIN") || base::same_word(name, "END")) return frame();
        if (++open_.counts.properties > reading_.limits.properties)
            return at_this_line(too_many("properties", reading_.limits.properties).value());
        if (lines_.orphan()) return orphan(name, place);
        load_bearing_ = is_load_bearing(name, place);
        if (open_.empty()) return drop();
        if (load_bearing_) return is_party(line_name(text_)) ? party() : load_bearing();
        if (PropertyRule::of(name) == nullptr && base::same_word(first_word(text_), "ATTENDEE"))
            return stored_ ? drop() : drop_attendee(not_a_line);
        if (PropertyRule::of(name) == nullptr && begins_load_bearing(text_, place)) return bad(not_a_line);
        if (!stored_ && !is_property_in(name, place)) return drop();
        if (!stored_) mend(name);
        auto property = parse_content_line(text_);
        if (property) return keep(std::move(*property));
        return stored_ || property.error().reason == Reason::bad_calendar ? drop() : wrong(property.error());
    }

    /// Takes what no reader needs out of a carried line, or a party.
    void mend(std::string_view name) {
        const bool is_utf8 = base::valid_utf8(text_);
        const bool controls = has_control(text_);
        if (controls) out_.dropped.add(What::control_characters, number_, name);
        if (!is_utf8) out_.dropped.add(What::bytes, number_, name);
        if (controls || !is_utf8) text_ = clean_ = base::replaced_not_utf8(without_controls(text_));
    }

    /// Some readers take it for a continuation of the line before it, some for a line of its own.
    Expected<void> orphan(std::string_view name, PropertyRule::Place place) {
        if (base::trimmed(text_).empty()) return stored_ ? drop() : Expected<void>();
        const bool is_doubtful = (load_bearing_ && !open_.empty()) || is_load_bearing(base::trimmed(name), place);
        if (!is_doubtful) return drop();
        return bad(number_ == 1 ? "a blank at its start" : "continuation line behind a blank line");
    }

    Expected<void> load_bearing() {
        auto property = stored_ ? parse_content_line(text_) : parse_load_bearing(text_);
        if (property) return keep(std::move(*property));
        return stored_ ? drop() : wrong(property.error());
    }

    Expected<void> party() {
        const bool attendee = base::same_word(line_name(text_), "ATTENDEE");
        if (attendee && ++innermost().attendees > reading_.limits.attendees)
            return at_this_line(too_many("attendees", reading_.limits.attendees).value());
        auto read = read_party(lines_, reading_.of, open_.place());
        if (!read && stored_) return attendee ? keep(stored_attendee(text_)) : drop();
        if (!read && attendee && read.error().reason == Reason::bad_calendar) return drop_attendee(read.error().detail);
        if (!read) return wrong(read.error());
        open_.counts.properties += read->pieces - 1;
        if (stored_) {
            torn_ = std::move(read->torn);
            return keep(std::move(read->property));
        }
        if (!read->joined.empty()) text_ = clean_ = std::move(read->joined);
        Property& property = read->property;
        if (!read->torn.empty()) out_.dropped.add(What::torn, number_, property.name);
        if (property.mended) out_.dropped.add(What::parameters, number_, property.name);
        mend(property.name);
        for (Parameter& parameter : property.parameters)
            parameter.value = base::replaced_not_utf8(without_controls(parameter.value));
        return keep(std::move(property));
    }

    Expected<void> frame() {
        load_bearing_ = true;
        const auto name = component_named(text_);
        if (!name) return wrong(name.error());
        return base::same_word(line_name(text_), "BEGIN") ? begin(*name) : end(*name);
    }

    Expected<void> begin(const std::string& name) {
        const bool is_zone = name == "VTIMEZONE" && open_.size() == 1;
        const auto before = open_.counts;
        const auto fine = open_.begin(name, number_);
        if (!fine)
            return fine.error().reason == Reason::bad_calendar ? wrong(fine.error()) : at_this_line(fine.error());
        if (is_zone) zone_ = OpenZone{.counts = before, .dropped = out_.dropped, .start = lines_};
        ended_ = false;
        return {};
    }

    Expected<void> end(const std::string& name) {
        if (const auto fine = open_.check_end(name); !fine) return wrong(fine.error());
        if (zone_ && open_.size() == 2)
            end_zone(number_);
        else
            close();
        return {};
    }

    void close() {
        open_.close(out_.calendars);
        ended_ = true;
    }

    Expected<void> keep(Property property) {
        OpenComponent& open = innermost();
        property.line = number_;
        if (const auto fine = check_value(property, open.place); !fine && !stored_) return wrong(fine.error());
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
        if (stored_) {
            if (!load_bearing_ || !same) append(std::move(property));
        } else if (load_bearing_ && !same) {
            return bad(says_otherwise(first, property));
        } else if (!same) {
            out_.dropped.add(What::repetition, property.line, property.name);
        }
        return {};
    }

    Expected<void> drop() {
        const std::string_view name = line_name(text_);
        if (!stored_) {
            out_.dropped.add(What::line, number_, without_controls(name));
        } else if (!open_.empty()) {
            Property property{.name = std::string(base::letters_digits_or(name, "-_") ? name : ""),
                              .parameters = {},
                              .value = {},
                              .line = number_};
            append(std::move(property));
        }
        return {};
    }

    Expected<void> drop_attendee(std::string_view why) {
        out_.dropped.add(What::attendee, number_, "ATTENDEE", why);
        return {};
    }

    void append(Property property) {
        if (stored_) keep_as_it_came(property, lines_, torn_);
        innermost().component.properties.push_back(std::move(property));
    }

    const Reading& reading_;
    const bool stored_;
    LineReader lines_;
    std::string_view text_;   // the line
    std::size_t number_ = 0;  // of it
    std::string torn_;        // the lines before it that are one with it, as they came
    std::string clean_;       // without control characters
    OpenComponents open_;
    std::optional<OpenZone> zone_;
    bool load_bearing_ = false;  // the line, or that before it
    bool ended_ = false;         // the last that was begun has an END
    CalendarText out_;
};

}  // namespace

Expected<CalendarText> read_calendar(std::string_view text, const Reading& reading) {
    if (text.size() > reading.limits.bytes)
        return refuse(Reason::too_large,
                      fmt::format("the text has {} bytes; the limit is {}", text.size(), reading.limits.bytes));
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
        const auto line = 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, nul), '\n'));
        return refuse(base::valid_utf8(text) ? Reason::bad_calendar : Reason::bad_encoding, at_line(line, "NUL byte"));
    }
    return Reader(text, reading).run();
}

}  // namespace calendar::itip
