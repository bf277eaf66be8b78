#include "calendar/itip/apply/apply.h"

#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "calendar/base/printable.h"
#include "calendar/base/text.h"
#include "calendar/itip/apply/json.h"
#include "milter/imipctl/cells.h"
#include "milter/imipctl/command_line.h"
#include "milter/imipctl/subcommands.h"
#include "milter/sandbox/cell.h"

namespace milter::imipctl {

namespace {

using calendar::itip::Address;
using calendar::itip::ApplyInput;
using calendar::itip::Expected;
using calendar::itip::ItipMessage;
using calendar::itip::Outcome;

struct Arguments {
    bool json = false;
    std::string existing, recipient, sender, envelope_recipient;
    std::vector<std::string> aliases, settings, files;
};

/// Of an option that was checked.
Address address(const std::string& text) {
    return *Address::parse(text);
}

/// What a calendar server calls a user (RFC 6638 2.4.1), and no mail address.
bool is_uri(const std::string& text) {
    return !calendar::itip::calendar_user(text) && (text.starts_with('/') || text.find(':') != std::string::npos);
}

ApplyInput input_of(const Arguments& arguments) {
    ApplyInput input;
    if (!arguments.existing.empty()) input.stored = read_file(arguments.existing);
    input.recipient.push_back(address(arguments.recipient));
    for (const auto& alias : arguments.aliases) {
        if (is_uri(alias))
            input.recipient_uris.push_back(alias);
        else
            input.recipient.push_back(address(alias));
    }
    if (!arguments.sender.empty()) input.sender = address(arguments.sender);
    if (!arguments.envelope_recipient.empty()) input.envelope_recipient = address(arguments.envelope_recipient);
    for (const auto& setting : arguments.settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos) throw Unusable("'" + setting + "' is not valid for --set; expected KEY=VALUE");
        const auto done = input.options.set(setting.substr(0, equals), setting.substr(equals + 1));
        if (!done) throw Unusable(done.error());
    }
    // From a shell there is no rule: what a rule would have to name is allowed. The sender was not looked up.
    input.sent_by_allowed = true;
    input.publish_allowed = true;
    return input;
}

/// A message with nothing but this calendar text, for what takes messages only.
std::string as_message(const std::string& calendar) {
    return "Content-Type: text/calendar; charset=utf-8\r\nContent-Transfer-Encoding: binary\r\n\r\n" + calendar;
}

/// The iTIP messages of one FILE: calendar text, or a whole message.
Expected<std::vector<ItipMessage>> messages_of(const std::string& text, sandbox::CellPool& cells) {
    const auto limits = mail::inspect_limits(policy::config::Config{});
    const auto first = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    const bool calendar =
        first != std::string::npos && calendar::base::same_word(text.substr(first, 15), "BEGIN:VCALENDAR");
    const auto inspection = cells.inspect(calendar ? as_message(text) : text, limits, calendar::base::Deadline::max());
    if (const auto* part = inspection.usable()) return part->messages;
    if (inspection.error) return tl::unexpected(*inspection.error);
    for (const auto& part : inspection.parts) {
        if (part.error) return tl::unexpected(*part.error);
    }
    return calendar::itip::refuse(calendar::itip::Reason::no_calendar);
}

nlohmann::json result(const Outcome& outcome) {
    return {{"outcome", word(outcome.kind)}, {"reason", word(outcome.reason)}, {"detail", outcome.detail}};
}

bool changed(Outcome::Kind kind) {
    switch (kind) {
        case Outcome::Kind::created:
        case Outcome::Kind::updated:
        case Outcome::Kind::removed:
            return true;
        case Outcome::Kind::unchanged:
        case Outcome::Kind::refused:
            break;
    }
    return false;
}

/// Applies one message and carries object and marks on to the next.
Outcome step(ApplyInput& input, const Expected<ItipMessage>& message, sandbox::CellPool& cells) {
    Outcome outcome;
    if (message) {
        input.message = message->content;
        input.dropped = message->dropped;
        outcome = cells.apply(input, calendar::base::Deadline::max());
        if (changed(outcome.kind)) input.stored = outcome.object;
        input.marks = outcome.marks;
    } else {
        outcome.kind = Outcome::Kind::refused;
        outcome.reason = message.error().reason;
        outcome.detail = message.error().detail;
    }
    return outcome;
}

int run(const Arguments& arguments, const StartForker& start_forker) {
    auto forker = start_forker();
    sandbox::CellPool cells(forker, one_cell(policy::config::Limits{}.end_of_message));
    auto input = input_of(arguments);
    auto results = nlohmann::json::array();
    bool last_changed = false;
    const auto take = [&](const Expected<ItipMessage>& message) {
        const auto outcome = step(input, message, cells);
        last_changed = changed(outcome.kind);
        results.push_back(result(outcome));
        if (!arguments.json) {
            std::cerr << word(outcome.kind) << ": " << word(outcome.reason) << " (" << sentence(outcome.reason) << ") "
                      << calendar::base::printable(outcome.detail, longest_detail) << '\n';
        }
    };
    for (const auto& file : arguments.files) {
        const auto messages = messages_of(read_file(file), cells);
        if (!messages) {
            take(tl::unexpected(messages.error()));
            continue;
        }
        for (const auto& message : *messages)
            take(message);
    }
    if (arguments.json) {
        print_json({{"results", results}, {"object", input.stored ? nlohmann::json(*input.stored) : nlohmann::json()}});
    } else if (input.stored) {
        std::cout << *input.stored;
    }
    return last_changed ? Exit::yes : Exit::no;
}

}  // namespace

void add_apply(Command& program, const StartForker& start_forker, int& status) {
    auto command = program.subcommand("apply", "Apply calendar messages to a calendar object");
    auto arguments = std::make_shared<Arguments>();
    command.flag("--json", arguments->json, "Print one JSON document");
    command.option("--existing", arguments->existing,
                   "Calendar object that is stored; default: the event is not in the calendar yet");
    command.option("--recipient", arguments->recipient, "Address of the calendar's owner")
        .required()
        .check(email_address_error);
    command
        .option("--alias", arguments->aliases,
                "Another address of the owner, or a URI that their calendar server knows them by")
        .check([](const std::string& text) { return is_uri(text) ? std::string() : email_address_error(text); });
    command
        .option("--sender", arguments->sender, "Address of the sender; default: the party that the method speaks for")
        .check(email_address_error);
    command
        .option("--envelope-recipient", arguments->envelope_recipient,
                "Envelope recipient, when it is not an address of the owner (a list)")
        .check(email_address_error);
    command.option("--set", arguments->settings, "Set a key of 'itip:' in the configuration, e.g. cancelled=remove");
    command
        .option("FILE", arguments->files, "Calendar files or messages, applied in this order; - means standard input")
        .required();
    command.callback([=, &status] { status = run(*arguments, start_forker); });
}

}  // namespace milter::imipctl
