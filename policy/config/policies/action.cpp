#include "policy/config/policies/action.h"

#include <fmt/format.h>

#include "policy/config/text/names.h"

namespace policy::config {
namespace {

using calendar::itip::Partstat;
using calendar::itip::ScheduleAgent;

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
    if (const Value* reply = section.find("reply")) {
        if (auto parsed = rules::SmtpReply::parse(reply->text))
            action.reply = *std::move(parsed);
        else
            section.must("reply",
                         fmt::format("be a 4xx or 5xx SMTP reply in printable ASCII of at most {} bytes, such as "
                                     "\"550 5.7.1 Not accepted\"",
                                     rules::SmtpReply::longest));
        if (action.mail != rules::MailAction::reject) section.fault("reply", "is only valid with 'mail: reject'");
    }
    section.text("tag", action.tag);
    if (!action.tag.empty() && !is_label(action.tag)) section.must("tag", label_rule);
    section.choice(
        "schedule_agent", action.schedule_agent,
        {{"server", ScheduleAgent::server}, {"client", ScheduleAgent::client}, {"none", ScheduleAgent::none}});
    section.choice("partstat", action.partstat, {{"keep", Partstat::keep}, {"ask", Partstat::ask}});
    section.finish();
    return action;
}

}  // namespace policy::config
