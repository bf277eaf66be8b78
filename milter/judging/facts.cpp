#include "milter/judging/facts.h"

#include <stdexcept>

#include "calendar/base/parallel.h"
#include "calendar/itip/read/organizational_domain.h"
#include "milter/sandbox/cell.h"
#include "policy/rules/roles.h"

namespace milter::judging {

using calendar::base::Found;
using calendar::itip::Address;
using calendar::itip::StoredObject;
using policy::rules::Fact;
using policy::rules::FactValue;
using policy::rules::Unknown;

namespace {

using Words = std::vector<std::string>;

Words list_of(const std::optional<Address>& address) {
    return address ? Words{address->text()} : Words{};
}

Words hazards_of(const calendar::itip::ItipMessage& message) {
    Words words;
    for (const auto hazard : message.hazards)
        words.emplace_back(word(hazard));
    return words;
}

}  // namespace

const FactValue& MailFacts::ask(Fact fact) {
    const auto found = known_.find(fact);
    return found != known_.end() ? found->second : known_.emplace(fact, find_out(fact)).first->second;
}

std::vector<Fact> MailFacts::unknown() const {
    std::vector<Fact> facts;
    for (const auto& [fact, value] : known_)
        if (std::holds_alternative<Unknown>(value)) facts.push_back(fact);
    return facts;
}

FactValue MailFacts::find_out(Fact fact) {
    const auto& evidence = sources_.evidence;
    const auto& message = sources_.message;
    const auto& user = sources_.user;
    const auto& from = evidence.from;
    switch (fact) {
        case Fact::method:
            return Words{std::string(word(message.method))};
        case Fact::component:
            return Words{message.component};
        case Fact::authenticated:
            return evidence.authenticated;
        case Fact::sender_is:
            return from ? policy::rules::sender_roles(message, *from, user) : Words{"other"};
        case Fact::sender_matches_stored:
            return matches_stored();
        case Fact::known_uid:
            return known_uid();
        case Fact::address_book:
            return from ? address_book(*from) : FactValue(false);
        case Fact::correspondent:
            return from && correspondent(*from);
        case Fact::same_domain:
            return from && same_domain(*from);
        case Fact::organizer_known:
            return organizer_known();
        case Fact::agent:
            return sources_.agent;
        case Fact::recipient_is:
            return Words{policy::rules::recipient_role(message, user, sources_.recipient)};
        case Fact::sender:
            return list_of(from);
        case Fact::sender_domain:
            return from ? Words{std::string(from->domain())} : Words{};
        case Fact::recipient:
            return Words{sources_.recipient.text()};
        case Fact::organizer:
            return message.organizer() ? Words{message.organizer()->address.text()} : Words{};
        case Fact::signed_by:
            return evidence.signed_by;
        case Fact::spam:
            return evidence.spam;
        case Fact::mailing_list:
            return evidence.mailing_list;
        case Fact::submitted:
            return evidence.submitted;
        case Fact::hazards:
            return hazards_of(message);
        case Fact::content_type_signed:
            return evidence.content_type_signed;
    }
    throw std::logic_error("a fact without a source");
}

FactValue MailFacts::matches_stored() {
    const auto& object = stored();
    if (!object) return Unknown{object.error()};
    const auto& from = sources_.evidence.from;
    return *object && from && policy::rules::matches_stored(**object, sources_.message, *from);
}

bool MailFacts::correspondent(const Address& person) const {
    const auto* memory = sources_.snapshot.memory;
    return memory != nullptr && memory->messages(sources_.user.name, person) > 0;
}

bool MailFacts::same_domain(const Address& person) const {
    return calendar::itip::organizational_domain(person.domain()) ==
           calendar::itip::organizational_domain(sources_.user.addresses.front().domain());
}

/// Whoever sends in their name.
FactValue MailFacts::organizer_known() const {
    const auto& organizer = sources_.message.organizer();
    if (!organizer) return false;
    if (same_domain(organizer->address) || correspondent(organizer->address)) return true;
    return address_book(organizer->address);
}

/// What costs least is asked first; an unknown answer counts only when the person is in no book.
FactValue MailFacts::address_book(const Address& person) const {
    std::vector<policy::address_books::AddressBook*> outside;
    std::optional<Unknown> unknown;
    const auto ask = [&](policy::address_books::AddressBook& book) {
        return book.knows(sources_.user.owner(), person, sources_.deadline);
    };
    const auto settles = [&unknown](const Found<bool>& knows) {
        if (!knows) unknown = Unknown{knows.error()};
        return knows && *knows;
    };
    for (const auto& book : sources_.snapshot.address_books) {
        if (!book->immediate())
            outside.push_back(book.get());
        else if (settles(ask(*book)))
            return true;
    }
    std::vector<Found<bool>> answers(outside.size(), false);
    calendar::base::in_parallel(outside.size(), [&](std::size_t i) { answers[i] = ask(*outside[i]); });
    for (const auto& answer : answers)
        if (settles(answer)) return true;
    if (unknown) return *unknown;
    return false;
}

/// The memory answers at once; the calendar is asked only about what is not in there.
FactValue MailFacts::known_uid() {
    if (sources_.agent) return true;
    const auto* memory = sources_.snapshot.memory;
    if (memory != nullptr && memory->knows_event(sources_.user.name, sources_.message.uid)) return true;
    const auto& object = stored();
    if (!object) return Unknown{object.error()};
    return *object && (**object).organizer.has_value();
}

const MailFacts::Stored& MailFacts::stored() {
    return stored_ ? *stored_ : stored_.emplace(sources_.stored());
}

policy::rules::Decision decision_by(const daemon::Snapshot& snapshot, const policy::users::User& user,
                                    const Evidence& evidence, MailFacts& facts) {
    auto decision = policy::rules::decide(snapshot.policy_of(user), facts);
    if (!evidence.from && decision.action.calendar != policy::rules::CalendarAction::ignore) {
        decision.action.calendar = policy::rules::CalendarAction::ignore;
        decision.because += "; but the message does not have exactly one sender";
    }
    // Anybody can write; what a person has to look at is from those who have to do with the event.
    if (decision.action.calendar == policy::rules::CalendarAction::hold && !decision.deferred) {
        const auto* roles = std::get_if<Words>(&facts.ask(Fact::sender_is));
        if (roles != nullptr && *roles == Words{"other"}) {
            decision.action.calendar = policy::rules::CalendarAction::ignore;
            decision.because += "; but the sender is neither organizer nor attendee, so it is not held";
        }
    }
    return decision;
}

Found<std::optional<StoredObject>> EventLookup::find(const policy::users::User& user, const std::string& uid) const {
    const auto connector = snapshot.connectors.find(snapshot.backend_of(user));
    if (connector == snapshot.connectors.end())
        return tl::unexpected("backend '" + snapshot.backend_of(user) + "' is not configured");
    if (!connector->second->immediate() && calendars == Calendars::here)
        return tl::unexpected<std::string>("a calendar on another host is not asked before the message is answered");
    const auto fetched = connector->second->fetch(user.owner(), uid, deadline);
    if (!fetched) return tl::unexpected(calendar::base::detail(fetched.error()));
    if (!*fetched) return std::nullopt;
    try {
        auto described = engine.describe((*fetched)->content, deadline);
        if (described) return std::optional<StoredObject>(std::move(*described));
        return tl::unexpected("the event in the calendar cannot be read: " + described.error().detail);
    } catch (const sandbox::CellsBusy& busy) {
        return tl::unexpected(std::string("the event in the calendar cannot be read at the moment: ") + busy.what());
    }
}

}  // namespace milter::judging
