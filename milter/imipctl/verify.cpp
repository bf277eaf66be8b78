#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "calendar/base/printable.h"
#include "milter/authentication/dkim/dkim.h"
#include "milter/imipctl/command_line.h"
#include "milter/imipctl/explanation.h"
#include "milter/imipctl/subcommands.h"

namespace milter::imipctl {

namespace {

struct Arguments {
    bool json = false;
    std::string keys, file;
};

int run(const Arguments& arguments) {
    const auto message = read_message(arguments.file);
    std::unique_ptr<authentication::KeySource> keys;
    try {
        keys =
            arguments.keys.empty() ? authentication::make_resolver({}) : authentication::make_key_file(arguments.keys);
    } catch (const std::runtime_error& error) {
        throw Unusable(error.what());
    }
    const authentication::DkimVerifier verifier(policy::config::Authentication{}, std::move(keys));
    const mail::MailOfBytes read(message, {.queue_id = "imipctl"});
    const auto result = verifier.verify(read.mail(), calendar::base::Deadline::max());
    if (arguments.json) {
        print_json(authentication::to_json(result));
    } else {
        std::cout << explain(result, read.mail().header);
    }
    if (result.temporary) return Exit::unavailable;
    return result.authenticated ? Exit::yes : Exit::no;
}

}  // namespace

void add_verify(Command& program, int& status) {
    auto command = program.subcommand("verify", "Verify the DKIM signatures of a message as the daemon does");
    auto arguments = std::make_shared<Arguments>();
    command.flag("--json", arguments->json, "Print one JSON document");
    command.option("--keys", arguments->keys,
                   "Read keys from this file instead of DNS; lines: selector._domainkey.domain v=DKIM1; ...");
    command.option("FILE", arguments->file, "Message file; - means standard input").required();
    command.callback([=, &status] { status = run(*arguments); });
}

}  // namespace milter::imipctl
