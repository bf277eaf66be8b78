#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace policy::rules {

/// What a rule can ask. Words as in the manual.
enum class Fact {
    method,
    component,
    authenticated,
    sender_is,
    sender_matches_stored,
    known_uid,
    address_book,
    correspondent,
    same_domain,
    organizer_known,
    agent,
    recipient_is,
    sender,
    sender_domain,
    recipient,
    organizer,
    signed_by,
    spam,
    mailing_list,
    submitted,
    spoken_for,
    content_type_signed,
    hazards,
};

/// How a fact is compared with the values of a rule.
enum class FactKind {
    flag,     ///< true or false
    word,     ///< one of a closed set
    pattern,  ///< addresses or domains against patterns
    hazards,  ///< none, any, or hazard words
};

struct FactInfo {
    Fact fact;
    std::string_view word;
    FactKind kind;
    std::span<const std::string_view> words;  ///< with word and hazards: the closed set
};
/// The table of all facts, in the manual's order.
std::span<const FactInfo> all_facts() noexcept;
const FactInfo& info(Fact fact) noexcept;
std::optional<Fact> fact_of(std::string_view word) noexcept;

/// Could not be found out (a server is down, or was not asked while the message waits).
struct Unknown {
    std::string why;
};
/// A flag, the words or addresses that hold (may be none, or several), or unknown.
using FactValue = std::variant<Unknown, bool, std::vector<std::string>>;

/// Where facts come from. A fact is asked for only when a rule needs it; answers are kept by whoever implements this.
class Facts {
  public:
    virtual ~Facts() = default;
    virtual const FactValue& ask(Fact fact) = 0;
};

}  // namespace policy::rules
