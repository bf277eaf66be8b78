#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calendar/itip/apply/options.h"
#include "policy/rules/facts.h"
#include "policy/rules/smtp_reply.h"

namespace policy::rules {

/// Three-valued (Kleene) logic: a fact that is unknown makes a condition neither true nor false.
enum class Truth { no, yes, unknown };

/// `if:` of a rule, as a tree.
struct Condition {
    enum class Kind { fact, all, any, negation } kind = Kind::all;
    Fact fact = Fact::method;         ///< with Kind::fact
    bool flag = false;                ///< the value required, with FactKind::flag
    std::vector<std::string> wanted;  ///< any of these, with the other kinds
    std::vector<Condition> children;  ///< with all, any, negation (one)
};

enum class CalendarAction { apply, hold, ignore };
enum class MailAction { deliver, quarantine, reject, discard };
std::string_view word(CalendarAction action) noexcept;
std::string_view word(MailAction action) noexcept;

/// `then:` of a rule.
struct Action {
    CalendarAction calendar = CalendarAction::ignore;
    MailAction mail = MailAction::deliver;
    SmtpReply reply{"550", "5.7.1", "Calendar message refused by policy"};  ///< with reject
    std::string tag;                                                        ///< for people, in the audit
    calendar::itip::ScheduleAgent schedule_agent = calendar::itip::ScheduleAgent::server;
    calendar::itip::Partstat partstat = calendar::itip::Partstat::keep;
};

struct Rule {
    std::string name;
    std::string place;  ///< FILE:LINE:COLUMN
    Condition condition;
    Action action;
};

/// The rules of one preset, in order, and what applies when none matches. Immutable.
struct Policy {
    std::vector<Rule> rules;
    Action otherwise;
    std::string otherwise_place;
};

/// Why one rule did or did not match.
struct RuleTrace {
    std::string name, place;
    Truth matched = Truth::no;
    std::string because;  ///< "spam is false"
};

struct Decision {
    Action action;
    bool deferred = false;  ///< a rule depends on an unknown fact: the message is delivered, the queue decides later
    std::string rule;       ///< name; "otherwise" when none matched
    std::string place;
    std::string because;  ///< one sentence for people
    std::vector<RuleTrace> trace;
    /// The deciding rule's condition names `sender_is: sent_by` / `method: PUBLISH` (what only such a rule allows).
    bool names_sent_by = false;
    bool names_publish = false;
    bool sender_known = false;  ///< it hung on address_book, correspondent or same_domain, and found one of them true
};

/// The first rule that matches decides. Asks only for the facts that are needed to know, in the order of the rules.
Decision decide(const Policy& policy, Facts& facts);

}  // namespace policy::rules
