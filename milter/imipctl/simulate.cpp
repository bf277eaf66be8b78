#include <algorithm>
#include <iostream>
#include <list>
#include <memory>
#include <optional>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "milter/imipctl/cells.h"
#include "milter/imipctl/command_line.h"
#include "milter/imipctl/configuration.h"
#include "milter/imipctl/rehearsal/rehearsal.h"
#include "milter/imipctl/report/report_file.h"
#include "milter/imipctl/report/simulation_html.h"
#include "milter/imipctl/report/simulation_report.h"
#include "milter/imipctl/simulation/delivery_trace.h"
#include "milter/imipctl/simulation/judged_mail.h"
#include "milter/imipctl/simulation/mail_archive.h"
#include "milter/imipctl/simulation/progress.h"
#include "milter/imipctl/subcommands.h"
#include "milter/judging/judge.h"
#include "milter/judging/recipients.h"
#include "milter/mail/mime/prescan.h"
#include "milter/sandbox/cell.h"
#include "policy/memory/memory.h"

namespace milter::imipctl {

using calendar::itip::Address;

namespace {

struct Arguments {
    bool json = false;
    std::string config = default_configuration, against, csv, html;
    std::vector<std::string> recipients, archives;
};

using Configurations = std::list<Configuration>;

std::size_t largest_mail(const Configurations& configurations) {
    std::size_t largest = 0;
    for (const auto& one : configurations)
        largest = std::max(largest, one.snapshot().config.limits.message);
    return largest;
}

std::chrono::milliseconds shortest_end_of_message(const Configurations& configurations) {
    auto shortest = std::chrono::milliseconds::max();
    for (const auto& one : configurations)
        shortest = std::min(shortest, one.snapshot().config.limits.end_of_message);
    return shortest;
}

/// Puts messages before one configuration after another.
class Replay {
  public:
    Replay(sandbox::Forker& forker, const Configurations& configurations, std::vector<std::string> recipients)
        : configurations_(configurations),
          recipients_(std::move(recipients)),
          cells_(forker, one_cell(shortest_end_of_message(configurations))) {
        for (const auto& one : configurations)
            rehearsals_.emplace_back(one.snapshot(), cells_, one.state());
    }
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;

    /// One for each configuration.
    std::vector<JudgedMail> judge(const ArchivedMail& mail, const mail::Header& header) {
        std::vector<JudgedMail> judged;
        const bool calendar = mail::looks_like_calendar(mail.text);
        auto rehearsal = rehearsals_.begin();
        for (const auto& one : configurations_) {
            judged.push_back(calendar ? judge_by(one.snapshot(), *rehearsal, mail, header)
                                      : undecided(EventOutcome::no_calendar));
            ++rehearsal;
        }
        return judged;
    }

  private:
    JudgedMail judge_by(const daemon::Snapshot& snapshot, Rehearsal& rehearsal, const ArchivedMail& mail,
                        const mail::Header& header) {
        mail::Envelope envelope;
        envelope.queue_id = "imipctl";
        const auto served = serves(snapshot);
        envelope.recipients = recipients_.empty() ? recipients_in(header, served) : recipients_;
        const auto is_served = [&](const std::string& recipient) { return served(*Address::parse(recipient)); };
        if (std::ranges::none_of(envelope.recipients, is_served)) return undecided(EventOutcome::not_ours);
        const mail::MailOfBytes read(as_received(header, mail.text), std::move(envelope),
                                     snapshot.config.limits.message);
        auto received = read.mail();
        if (!mail.whole) received.extent = mail::Extent::cut;
        const auto judgement = judging::judge(snapshot, engine_, received, judging::Purpose::explain,
                                              std::chrono::steady_clock::now() + snapshot.config.limits.end_of_message);
        return judged_mail(judgement, rehearsal.perform(judgement, received.envelope));
    }

    /// An address that cannot be looked up may be a local user's; what is for it is deferred.
    static std::function<bool(const Address&)> serves(const daemon::Snapshot& snapshot) {
        const auto deadline = std::chrono::steady_clock::now() + snapshot.config.limits.end_of_message;
        return [&snapshot, deadline](const Address& address) {
            return !judging::recipients_at(address, snapshot, deadline).empty();
        };
    }

    const Configurations& configurations_;
    const std::vector<std::string> recipients_;
    sandbox::CellPool cells_;
    const mail::Engine engine_ = patient_engine_of(cells_);
    std::list<Rehearsal> rehearsals_;  // one for each configuration
};

/// First field of that name.
std::string field_of(const mail::Header& header, std::string_view name) {
    const auto found = std::ranges::find_if(header.fields(), [&](const auto& field) { return field.is(name); });
    return found == header.fields().end() ? std::string() : std::string(found->text().substr(0, 200));
}

MailName name_of(const ArchivedMail& mail, const mail::Header& header) {
    return {mail.place, field_of(header, "Message-ID"), field_of(header, "From")};
}

/// Writes the CSV on the way: every row of an archive need not fit into memory.
Simulation replay_all(const Arguments& arguments, const Configurations& configurations, Replay& replay,
                      ReportFile* csv) {
    MailArchive archive({arguments.archives.begin(), arguments.archives.end()}, largest_mail(configurations));
    Simulation simulation;
    simulation.made_at = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr)));
    simulation.archives = arguments.archives;
    for (const auto& one : configurations)
        simulation.results.emplace_back().file = one.snapshot().config.file.native();
    if (csv != nullptr) csv->write(csv_header(simulation));
    Progress progress(STDERR_FILENO, archive.bytes());
    while (const auto mail = archive.next()) {
        const auto header = mail::Header::of(mail->text);
        const auto judged = replay.judge(*mail, header);
        const auto rows = rows_of(name_of(*mail, header), judged);
        count(simulation, judged, rows);
        if (!mail->whole) ++simulation.too_large;
        for (const auto& row : rows) {
            if (csv != nullptr) csv->write(csv_line(row));
        }
        progress.show(archive.bytes_read(), simulation.messages);
    }
    simulation.bytes = archive.bytes_read();
    simulation.unreadable = archive.unreadable();
    return simulation;
}

/// `--csv *.mbox`, where the name of the report was forgotten, would overwrite the first archive.
void refuse_to_overwrite(const Arguments& arguments) {
    auto sources = arguments.archives;
    sources.push_back(arguments.config);
    sources.push_back(arguments.against);
    for (const auto& report : {arguments.csv, arguments.html})
        for (const auto& source : sources) {
            std::error_code error;
            if (!report.empty() && std::filesystem::equivalent(report, source, error))
                throw Unusable(report + ": is an input file; choose another name for the report");
        }
}

std::unique_ptr<ReportFile> report_file(const std::string& file) {
    return file.empty() ? nullptr : std::make_unique<ReportFile>(file);
}

int run(const Arguments& arguments, const StartForker& start_forker) {
    Configurations configurations;
    configurations.emplace_back(arguments.config);
    if (!arguments.against.empty()) configurations.emplace_back(arguments.against);
    refuse_to_overwrite(arguments);
    const auto csv = report_file(arguments.csv);
    const auto html = report_file(arguments.html);
    auto forker = start_forker();
    Replay replay(forker, configurations, arguments.recipients);
    const auto simulation = replay_all(arguments, configurations, replay, csv.get());
    if (csv) csv->put_in_place();
    if (html) {
        html->write(html_of(simulation));
        html->put_in_place();
    }
    if (arguments.json)
        print_json(json_of(simulation));
    else
        std::cout << table_of(simulation);
    return simulation.concerned_anybody() ? Exit::yes : Exit::no;
}

}  // namespace

void add_simulate(Command& program, const StartForker& start_forker, int& status) {
    auto command = program.subcommand(
        "simulate", "Replay archived messages: show what one configuration, or two, would decide; changes nothing");
    auto arguments = std::make_shared<Arguments>();
    command.flag("--json", arguments->json, "Print one JSON document");
    command.option("-c,--config", arguments->config, "Configuration file");
    command.option("--against", arguments->against, "Second configuration file, to compare with");
    command
        .option("--recipient", arguments->recipients,
                "Envelope recipient of all messages; default: as their headers say")
        .check(email_address_error);
    command.option("--csv", arguments->csv, "Write all decisions to this file");
    command.option("--html", arguments->html, "Write an HTML report with a chart to this file");
    command.option("ARCHIVE", arguments->archives, "Maildirs, mbox files or message files; - means standard input")
        .required();
    command.callback([=, &status] { status = run(*arguments, start_forker); });
}

}  // namespace milter::imipctl
