#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "calendar/base/printable.h"
#include "calendar/itip/time/time_zone.h"
#include "milter/imipctl/subcommands.h"
#include "milter/mail/inspect.h"

namespace milter::imipctl {

namespace {

void print(const mail::CalendarPart& part) {
    std::cout << "part " << part.path << "  " << calendar::base::printable(part.content_type) << ", " << part.bytes
              << " bytes";
    if (part.filename) std::cout << ", file name " << calendar::base::quoted(*part.filename);
    std::cout << '\n';
    if (part.duplicate_of) std::cout << "  says the same as part " << *part.duplicate_of << '\n';
    if (part.error) {
        std::cout << "  cannot be used: " << word(part.error->reason) << " (" << sentence(part.error->reason) << ") "
                  << calendar::base::printable(part.error->detail) << '\n';
    }
    for (const auto& message : part.messages) {
        std::cout << "  " << word(message.method) << ' ' << calendar::base::printable(message.component) << ' '
                  << calendar::base::printable(message.uid, 255) << '\n';
        for (const auto& object : message.objects) {
            std::cout << "    sequence " << object.sequence << ", " << calendar::base::printable(object.dtstamp);
            if (object.recurrence_id) std::cout << ", instance " << calendar::base::printable(*object.recurrence_id);
            if (object.organizer)
                std::cout << ", organizer " << calendar::base::printable(object.organizer->address.text());
            std::cout << ", " << object.attendees.size() << " attendees\n";
        }
        for (const auto hazard : message.hazards)
            std::cout << "    hazard: " << word(hazard) << " (" << sentence(hazard) << ")\n";
    }
}

int run(const std::string& file, bool json) {
    calendar::itip::load_zones();
    const auto inspection =
        mail::inspect(read_file(file), mail::inspect_limits(policy::config::Limits{}, calendar::itip::HazardLimits{}));
    if (json) {
        print_json(mail::extraction(inspection));
    } else {
        for (const auto& part : inspection.parts)
            print(part);
        if (inspection.error) {
            std::cout << "the message: " << word(inspection.error->reason) << " (" << sentence(inspection.error->reason)
                      << ") " << calendar::base::printable(inspection.error->detail) << '\n';
        }
    }
    return inspection.usable() != nullptr ? Exit::yes : Exit::no;
}

}  // namespace

void add_extract(CLI::App& app, int& status) {
    auto* command = app.add_subcommand("extract", "Show the calendar parts of a message");
    auto file = std::make_shared<std::string>();
    auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "One JSON document");
    command->add_option("FILE", *file, "The message; - is standard input")->required();
    command->callback([=, &status] { status = run(*file, *json); });
}

}  // namespace milter::imipctl
