#include "calendar/itip/apply/stored_event.h"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "calendar/itip/read/naked_instances.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/comparison.h"
#include "calendar/itip/time/dates.h"

namespace calendar::itip {

namespace {

constexpr std::size_t longest_uri = 100;  // in what is for people

/// What the user entered becomes a scheduling object by an invitation to the same event, or by one of somebody whom
/// they know; nobody else overwrites their notes.
Expected<void> takes_over_own_event(const ApplyContext& context) {
    if (context.method != Method::request && context.method != Method::publish)
        return refuse(Reason::organizer_mismatch, "the event in the calendar has no organizer");
    const auto& own = context.stored->master;
    const auto& fresh = context.message.master;
    if (own && is_made_up(*own)) return {};
    const bool same_event = own && fresh && same_start(*own, *fresh) &&
                            unescaped(own->value("SUMMARY")) == unescaped(fresh->value("SUMMARY"));
    if (same_event || context.input.sender_known) return {};
    return refuse(Reason::organizer_mismatch,
                  "the event in the calendar has no organizer, and the message has another DTSTART or SUMMARY");
}

/// The calendar names the organizer by a URI (RFC 6638 2.4.1), or nobody can tell whom it names.
tl::unexpected<Refusal> unknown_organizer(const ApplyContext& context) {
    const Property& organizer = *context.stored->organizer();
    if (base::trimmed(organizer.value).empty())
        return refuse(Reason::bad_calendar,
                      "the event in the calendar: " + at_line(organizer.line, "ORGANIZER cannot be read"));
    const auto named = address_of(context.message.organizer());
    const auto& recipient = context.input.recipient;
    const std::string whom = named               ? named->text()
                             : recipient.empty() ? std::string("the recipient")
                                                 : recipient.front().text();
    return refuse(Reason::organizer_mismatch,
                  fmt::format("the organizer of the event in the calendar is {}, which is not known to be {}",
                              base::printable(organizer.value, longest_uri), whom));
}

/// Where nobody knows the zone of the stored series, only those of its instances that are named in this zone can be
/// told. A message that brings the whole series names its own.
Expected<void> tells_instances(const ApplyContext& context) {
    const Property* const start = context.stored->master ? context.stored->master->find("DTSTART") : nullptr;
    const auto tzid = start == nullptr ? std::nullopt : start->parameter("TZID");
    const auto first = tzid ? moment_of(*start) : std::nullopt;
    if (!first || !first->floating || first->date || context.message.master) return {};
    Expected<void> result;
    context.message.each([&](const Component& component) {
        const Property* const id = component.find("RECURRENCE-ID");
        const auto at = id == nullptr ? std::nullopt : moment_of(*id);
        if (!result || !at || at->date || at->floating) return;
        result = refuse(
            Reason::bad_calendar,
            "the event in the calendar: " +
                fault(*context.stored->master, *start,
                      fmt::format("its VTIMEZONE is missing or cannot be read, so it is unknown which instance is '{}'",
                                  base::printable(id->value, longest_uri))));
    });
    return result;
}

/// Does the stored event name its instances in this zone?
bool names_instances_in(const Series& stored, const std::string& tzid) {
    const auto is_in = [&](const Property* time) { return time != nullptr && time->parameter("TZID") == tzid; };
    if (stored.master) return is_in(stored.master->find("DTSTART"));
    return std::ranges::any_of(stored.overrides,
                               [&](const Component& one) { return is_in(one.find("RECURRENCE-ID")); });
}

}  // namespace

Expected<void> has_one_organizer(const ApplyContext& context) {
    std::optional<Address> organizer;
    bool many = false;
    bool unusable = false;
    context.message.each([&](const Component& component) {
        for (const Property& property : component.properties) {
            if (!property.is("ORGANIZER")) continue;
            const auto address = address_of(&property);
            unusable = unusable || !address;
            many = many || (organizer && address && *organizer != *address);
            if (!organizer) organizer = address;
        }
    });
    if (many) return refuse(Reason::organizer_mismatch, "the message names more than one ORGANIZER");
    if (unusable) return refuse(Reason::missing_organizer, "the ORGANIZER has no mail address");
    return {};
}

Expected<void> has_stored_kind(const ApplyContext& context) {
    if (!context.stored || context.stored->kind == context.message.kind) return {};
    return refuse(Reason::component_mismatch, fmt::format("the message is a {}, the calendar has a {}",
                                                          context.message.kind, context.stored->kind));
}

Expected<void> fits_stored(const ApplyContext& context) {
    if (!context.stored) return {};
    if (auto same = has_stored_kind(context); !same) return same;
    const Property* const organizer = context.stored->organizer();
    if (organizer == nullptr && speaks_for_organizer(context.method)) return takes_over_own_event(context);
    if (organizer != nullptr && !address_of(organizer)) return unknown_organizer(context);
    return {};
}

Expected<void> names_known_instances(const ApplyContext& context) {
    if (!context.stored) return {};
    Expected<void> result = tells_instances(context);
    context.message.each([&](const Component& component) {
        const Property* const id = component.find("RECURRENCE-ID");
        const std::string tzid = id == nullptr ? "" : id->parameter("TZID").value_or("");
        const auto at = tzid.empty() ? std::nullopt : moment_of(*id);
        if (!result || !at || !at->floating || at->date || names_instances_in(*context.stored, tzid)) return;
        Property shown = *id;
        shown.line = 0;  // not of the text that came
        result = refuse(Reason::bad_recurrence_id,
                        fault(component, shown, "TZID is unknown and the message has no VTIMEZONE for it"));
    });
    return result;
}

}  // namespace calendar::itip
