#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "calendar/base/printable.h"
#include "milter/imipctl/cells.h"
#include "milter/imipctl/command_line.h"
#include "milter/imipctl/subcommands.h"
#include "milter/sandbox/cell.h"

namespace milter::imipctl {

namespace {

void print(const mail::CalendarPart& part) {
    std::cout << "part " << part.path << "  " << calendar::base::printable(part.content_type) << ", " << part.bytes
              << " bytes";
    if (part.filename) std::cout << ", file name " << calendar::base::quoted(*part.filename);
    std::cout << '\n';
    if (part.duplicate_of) std::cout << "  same content as part " << *part.duplicate_of << '\n';
    if (part.error) {
        std::cout << "  not usable: " << word(part.error->reason) << " (" << sentence(part.error->reason) << ") "
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
        if (!message.dropped.empty())
            std::cout << "    " << calendar::base::printable(message.dropped, longest_detail) << '\n';
    }
}

struct Arguments {
    bool json = false;
    std::string file;
};

int run(const Arguments& arguments, const StartForker& start_forker) {
    const policy::config::Config defaults;
    auto forker = start_forker();
    sandbox::CellPool cells(forker, one_cell(defaults.limits.end_of_message));
    const auto inspection =
        cells.inspect(read_message(arguments.file), mail::inspect_limits(defaults), calendar::base::Deadline::max());
    if (arguments.json) {
        print_json(mail::extraction(inspection));
    } else {
        for (const auto& part : inspection.parts)
            print(part);
        if (inspection.error) {
            std::cout << "message not usable: " << word(inspection.error->reason) << " ("
                      << sentence(inspection.error->reason) << ") "
                      << calendar::base::printable(inspection.error->detail) << '\n';
        }
    }
    return inspection.usable() != nullptr ? Exit::yes : Exit::no;
}

}  // namespace

void add_extract(Command& program, const StartForker& start_forker, int& status) {
    auto command = program.subcommand("extract", "Show the calendar parts of a message");
    auto arguments = std::make_shared<Arguments>();
    command.flag("--json", arguments->json, "Print one JSON document");
    command.option("FILE", arguments->file, "Message file; - means standard input").required();
    command.callback([=, &status] { status = run(*arguments, start_forker); });
}

}  // namespace milter::imipctl
