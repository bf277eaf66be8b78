#include "calendar/itip/apply/sent_by.h"

#include <set>
#include <string>
#include <utility>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/read/parties.h"

namespace calendar::itip {

namespace {

/// Everybody but the organizer who is the SENT-BY of an ORGANIZER.
std::set<Address> senders_for_organizer(const Series& series) {
    std::set<Address> senders;
    series.each([&](const Component& component) {
        const Property* const organizer = component.find("ORGANIZER");
        if (auto sender = sent_by(organizer); sender && sender != address_of(organizer)) senders.insert(*sender);
    });
    return senders;
}

bool stored_by_another(const ApplyContext& context) {
    std::set<Address> others = senders_for_organizer(*context.stored);
    for (const Address& named : senders_for_organizer(context.message))
        others.erase(named);
    return !others.empty();
}

void make_no_newer(Component& known, const Component& fresh) {
    if (!older(order(version_of(fresh), version_of(known)))) return;
    known.set("SEQUENCE", std::to_string(version_of(fresh).sequence));
    known.set("DTSTAMP", fresh.value("DTSTAMP"));
    known.remove("X-MICROSOFT-CDO-APPT-SEQUENCE");
}

}  // namespace

void name_sender(ApplyContext& context) {
    const auto& sender = context.input.sender;
    if (!sender) return;
    context.message.each([&](Component& component) {
        Property* const organizer = component.find("ORGANIZER");
        const auto party = address_of(organizer);
        if (!party || party == sender) return;
        if (const auto named = sent_by(organizer); !named || named == party)
            organizer->set_parameter("SENT-BY", "mailto:" + sender->text());
    });
}

void put_organizer_first(ApplyContext& context) {
    if (!context.stored || !context.organizer_sends() || !stored_by_another(context)) return;
    const Component* oldest = context.message.front();
    context.message.each([&](const Component& fresh) {
        if (older(order(version_of(fresh), version_of(*oldest)))) oldest = &fresh;
    });
    const bool invites = context.method == Method::request || context.method == Method::publish;
    context.stored->each([&](Component& known) {
        make_no_newer(known, *oldest);
        // A new version of the series also revives it; of an instance only with a higher SEQUENCE, as always.
        if (invites && context.message.master && cancelled(known)) known.remove("STATUS");
    });
    if (invites) context.marks.forget_cancellations();
}

}  // namespace calendar::itip
