#include <algorithm>

#include <fmt/format.h>

#include "policy/config/rules.h"
#include "policy/config/text/names.h"

namespace policy::config {
namespace {

using calendar::itip::ScheduleAgent;

constexpr std::size_t longest_reply = 200;  // bytes

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// "550 5.7.1 text" (RFC 5321 4.2, RFC 3463 2): both codes of one class, text in printable ASCII.
bool is_reply(std::string_view text) {
    if (text.size() > longest_reply || text.size() < 11) return false;
    if (std::any_of(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; })) return false;
    if ((text[0] != '4' && text[0] != '5') || !is_digit(text[1]) || !is_digit(text[2]) || text[3] != ' ') return false;
    if (text[4] != text[0]) return false;
    std::string_view rest = text.substr(5);
    for (int part = 0; part < 2; ++part) {
        if (!rest.starts_with('.')) return false;
        const std::size_t digits = std::min(rest.find_first_not_of("0123456789", 1), rest.size()) - 1;
        if (digits < 1 || digits > 3) return false;
        rest.remove_prefix(digits + 1);
    }
    return rest.size() >= 2 && rest[0] == ' ' && rest[1] != ' ';
}

rules::CalendarAction read_calendar(const Value& value, const std::string& name, Mistakes& mistakes) {
    constexpr rules::CalendarAction actions[] = {rules::CalendarAction::apply, rules::CalendarAction::hold,
                                                 rules::CalendarAction::ignore};
    const auto index = read_choice(value, name, {"apply", "hold", "ignore"}, mistakes);
    return index ? actions[*index] : rules::CalendarAction::ignore;
}

}  // namespace

rules::Action read_action(const Value& value, const std::string& name, Mistakes& mistakes) {
    rules::Action action;
    if (value.kind != Value::Kind::map) {
        action.calendar = read_calendar(value, name, mistakes);
        return action;
    }
    Section section(value, name, mistakes);
    if (const Value* calendar = section.find("calendar"))
        action.calendar = read_calendar(*calendar, section.name("calendar"), mistakes);
    section.choice("mail", action.mail,
                   {{"deliver", rules::MailAction::deliver},
                    {"quarantine", rules::MailAction::quarantine},
                    {"reject", rules::MailAction::reject},
                    {"discard", rules::MailAction::discard}});
    section.text("reply", action.reply);
    if (section.find("reply") != nullptr) {
        if (!action.reply.empty() && !is_reply(action.reply))
            section.must("reply", fmt::format("be a 4xx or 5xx SMTP reply in printable ASCII of at most {} bytes, such as "
                                              "\"550 5.7.1 Not accepted\"",
                                              longest_reply));
        if (action.mail != rules::MailAction::reject) section.fault("reply", "is only valid with 'mail: reject'");
    }
    section.text("tag", action.tag);
    if (!action.tag.empty() && !is_label(action.tag)) section.must("tag", label_rule);
    section.choice(
        "schedule_agent", action.schedule_agent,
        {{"server", ScheduleAgent::server}, {"client", ScheduleAgent::client}, {"none", ScheduleAgent::none}});
    section.finish();
    return action;
}

}  // namespace policy::config
