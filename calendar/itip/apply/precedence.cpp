#include "calendar/itip/apply/precedence.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/read/parties.h"

namespace calendar::itip {

namespace {

/// The SENT-BY of the ORGANIZER, unless that is the organizer.
std::optional<Address> sender_for_organizer(const Component& component) {
    const Property* const organizer = component.find("ORGANIZER");
    auto sender = sent_by(organizer);
    return sender != address_of(organizer) ? sender : std::nullopt;
}

std::set<Address> senders_for_organizer(const Series& series) {
    std::set<Address> senders;
    series.each([&](const Component& component) {
        if (auto sender = sender_for_organizer(component)) senders.insert(std::move(*sender));
    });
    return senders;
}

/// Is it newer, in one way or the other, than all that the mark is of?
bool beyond(const Version& said, const ReplyMark& last) {
    const Version before = version_of(last);
    return said.sequence > before.sequence || said.stamp > before.stamp;
}

/// Is any of it? A second copy of one of those messages is not.
bool beyond(const Series& said, const ReplyMark& last) {
    bool any = false;
    said.each([&](const Component& one) { any = any || beyond(version_of(one), last); });
    return any;
}

/// The mark of what was said last, or one of nothing yet.
ReplyMark last_said(const Marks& marks, std::string by) {
    const ReplyMark* const last = marks.find({}, by);
    return last != nullptr ? *last : ReplyMark{{}, std::move(by), 0, {}};
}

void widen(ReplyMark& last, const ReplyMark& said) {
    last.sequence = std::max(last.sequence, said.sequence);
    if (version_of(said).stamp > version_of(last).stamp) last.dtstamp = said.dtstamp;
}

void widen(ReplyMark& last, const Series& said) {
    said.each([&](const Component& one) { widen(last, mark_of(one, {}, {})); });
}

bool invites(const ApplyContext& context) {
    return context.method == Method::request || context.method == Method::publish;
}

/// From when on somebody else can write in their name: before, the order of versions is enough.
void remember_organizer(ApplyContext& context) {
    const bool is_known = context.marks.find({}, said_by_organizer) != nullptr;
    const bool has_version = context.stored && context.stored->organizer() != nullptr;
    const bool wrote_alone = !context.stored || senders_for_organizer(*context.stored).empty();
    if (!is_known && wrote_alone && senders_for_organizer(context.message).empty()) return;
    ReplyMark last = last_said(context.marks, std::string(said_by_organizer));
    if (!is_known && wrote_alone && has_version) widen(last, *context.stored);
    widen(last, context.message);
    context.marks.keep(std::move(last));
}

/// Has anybody else written what the calendar has? `last` is of what the organizer sent before this message.
bool written_by_another(const ApplyContext& context, const std::optional<ReplyMark>& last) {
    std::set<Address> others = senders_for_organizer(*context.stored);
    for (const Address& named : senders_for_organizer(context.message))
        others.erase(named);
    if (!others.empty()) return true;
    return last && (beyond(*context.stored, *last) || std::ranges::any_of(context.marks.all(), [&](const auto& mark) {
                        return is_cancellation(mark) && beyond(version_of(mark), *last);
                    }));
}

void make_no_newer(Component& known, const Component& fresh) {
    if (!older(order(version_of(fresh), version_of(known)))) return;
    known.set("SEQUENCE", std::to_string(version_of(fresh).sequence));
    known.set("DTSTAMP", fresh.value("DTSTAMP"));
    known.remove("X-MICROSOFT-CDO-APPT-SEQUENCE");
}

/// DTSTAMP alone decides which overrides were written after the series.
void make_no_later(Component& known, const Component& fresh) {
    if (version_of(known).stamp > version_of(fresh).stamp) known.set("DTSTAMP", fresh.value("DTSTAMP"));
}

/// So that no copy of it comes back over the organizer's message.
void remember_overruled(Marks& marks, const Address& sender, const ReplyMark& said) {
    ReplyMark last = last_said(marks, said_by(sender));
    widen(last, said);
    marks.keep(std::move(last));
}

/// Takes back what others cancelled, who may be any of these senders.
void forget_cancellations(Marks& marks, const std::set<Address>& senders, const std::optional<ReplyMark>& last) {
    ReplyMark newest;
    marks.forget([&](const ReplyMark& mark) {
        const bool by_another = is_cancellation(mark) && (!last || beyond(version_of(mark), *last));
        if (by_another) widen(newest, mark);
        return by_another;
    });
    if (newest.dtstamp.empty()) return;
    for (const Address& sender : senders)
        remember_overruled(marks, sender, newest);
}

/// What others wrote counts as no newer than the message, in SEQUENCE and in DTSTAMP.
void overrule(ApplyContext& context, const std::optional<ReplyMark>& last) {
    const Component *oldest = context.message.front(), *earliest = oldest;
    context.message.each([&](const Component& fresh) {
        if (older(order(version_of(fresh), version_of(*oldest)))) oldest = &fresh;
        if (version_of(fresh).stamp < version_of(*earliest).stamp) earliest = &fresh;
    });
    context.overruled = true;
    if (invites(context)) forget_cancellations(context.marks, senders_for_organizer(*context.stored), last);
    context.stored->each([&](Component& known) {
        const auto sender = sender_for_organizer(known);
        if (sender) remember_overruled(context.marks, *sender, mark_of(known, {}, {}));
        const bool by_another = sender || !last || version_of(known).stamp > version_of(*last).stamp;
        make_no_newer(known, *oldest);
        if (by_another) make_no_later(known, *earliest);
        // A new version of the series also revives it; of an instance only with a higher SEQUENCE, as always.
        if (!invites(context) || !context.message.master || !cancelled(known)) return;
        known.remove("STATUS");
        context.revived = true;
    });
}

void put_organizer_first(ApplyContext& context) {
    if (!context.organizer_sends()) return;
    const ReplyMark* const known = context.marks.find({}, said_by_organizer);
    const std::optional<ReplyMark> last = known != nullptr ? std::optional(*known) : std::nullopt;
    remember_organizer(context);
    if (last && !beyond(context.message, *last)) return;
    if (context.stored) {
        if (written_by_another(context, last)) overrule(context, last);
        return;
    }
    const ReplyMark* const removal = context.marks.find({}, {});
    if (last && removal != nullptr && beyond(version_of(*removal), *last) && invites(context)) context.marks.revive({});
}

void name_sender(ApplyContext& context) {
    const Address& sender = *context.input.sender;
    const std::set<Address> known = context.stored ? senders_for_organizer(*context.stored) : std::set<Address>();
    context.message.each([&](Component& component) {
        Property* const organizer = component.find("ORGANIZER");
        const auto named = sender_for_organizer(component);
        if (organizer != nullptr && !(named && known.contains(*named)))
            organizer->set_parameter("SENT-BY", "mailto:" + sender.text());
    });
}

bool is_cancelled(const Series& series) {
    return series.master ? cancelled(*series.master) : std::ranges::all_of(series.overrides, cancelled);
}

std::optional<Refusal> overruled(const ApplyContext& context) {
    const ReplyMark* const last = context.marks.find({}, said_by(*context.input.sender));
    if (last == nullptr || beyond(context.message, *last)) return std::nullopt;
    if (context.method == Method::cancel && context.stored && is_cancelled(*context.stored)) return std::nullopt;
    const bool lower = version_of(*context.message.front()).sequence < last->sequence;
    return Refusal{
        lower ? Reason::stale_sequence : Reason::stale_dtstamp,
        fmt::format("what {} sent for the organizer until SEQUENCE {} and DTSTAMP {} was overruled or removed",
                    context.input.sender->text(), last->sequence, last->dtstamp)};
}

/// From now on somebody else writes in the organizer's name. Where nothing is known of what the organizer sent,
/// whatever they send counts.
void keep_place_for_organizer(ApplyContext& context) {
    context.marks.keep(last_said(context.marks, std::string(said_by_organizer)));
}

std::optional<Refusal> pass_on(ApplyContext& context) {
    if (context.marks.find({}, {}) != nullptr)
        return Refusal{Reason::cancelled_event, "the event was cancelled; only the organizer can restore it"};
    context.message.each([](Component& component) {
        for (Property& line : component.properties)
            if (line.is("ORGANIZER")) line.set_parameter("SENT-BY", std::nullopt);
    });
    keep_place_for_organizer(context);
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> take_precedence(ApplyContext& context, Speaker speaker) {
    switch (speaker) {
        case Speaker::organizer:
            put_organizer_first(context);
            return std::nullopt;
        case Speaker::sent_by:
            if (auto why = overruled(context)) return why;
            name_sender(context);
            keep_place_for_organizer(context);
            return std::nullopt;
        case Speaker::delegator:
            return pass_on(context);
    }
    return std::nullopt;
}

void remember_cancellation(ApplyContext& context, const Component& cancel) {
    ReplyMark cancellation = mark_of(cancel, {}, {});
    if (!context.organizer_sends()) remember_overruled(context.marks, *context.input.sender, cancellation);
    context.marks.keep(std::move(cancellation));
}

void remember_removal(ApplyContext& context, const Component& cancel) {
    context.marks.forget([](const ReplyMark& mark) { return !mark.attendee.empty() || is_cancellation(mark); });
    remember_cancellation(context, cancel);
}

}  // namespace calendar::itip
