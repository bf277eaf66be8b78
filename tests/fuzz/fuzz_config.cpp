#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <unistd.h>

#include "calendar/base/text.h"
#include "policy/config/config.h"
#include "policy/config/text/names.h"
#include "policy/config/text/units.h"
#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;
using namespace policy;
using config::Config;
using config::Mistake;

/// A folder of our own that goes with the program.
class Folder {
  public:
    Folder() {
        std::string name = fs::temp_directory_path() / "fuzz_config.XXXXXX";
        fuzz::must(::mkdtemp(name.data()) != nullptr, "there is a temporary folder");
        path_ = name;
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const fs::path& path() const noexcept { return path_; }

  private:
    fs::path path_;
};

constexpr std::string_view main_name = "main.yaml";

/// The main file, and what stands behind a line `=== rules.yaml` or `=== part.yaml`.
std::map<std::string_view, std::string_view> files_in(std::string_view input) {
    std::map<std::string_view, std::string_view> files;
    for (const std::string_view name : {"part.yaml", "rules.yaml"}) {
        const std::string marker = "\n=== " + std::string(name) + "\n";
        const auto at = input.find(marker);
        files[name] = at == std::string_view::npos ? std::string_view() : input.substr(at + marker.size());
        input = input.substr(0, at == std::string_view::npos ? at : at + 1);
    }
    files[main_name] = input;
    return files;
}

using Reading = tl::expected<Config, std::vector<Mistake>>;

void write(const fs::path& file, std::string_view text) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

std::string text_of(const Reading& reading) {
    std::string text = reading ? "fine" : "";
    if (!reading)
        for (const Mistake& mistake : reading.error())
            text += mistake.text() + '\n';
    return text;
}

void check_mistake(const Mistake& mistake, std::string_view text) {
    fuzz::must(!mistake.sentence.empty() && mistake.sentence.size() < 4096, "a sentence is bounded");
    fuzz::must(std::ranges::none_of(mistake.sentence, [](char c) { return (c >= 0 && c < ' ') || c == 127; }),
               "a sentence is one line");
    fuzz::must(calendar::base::valid_utf8(mistake.sentence), "a sentence is UTF-8");
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    fuzz::must(mistake.place.line >= 0 && static_cast<std::size_t>(mistake.place.line) <= lines,
               "a mistake is in a line");
    fuzz::must(mistake.place.column >= 0 && static_cast<std::size_t>(mistake.place.column) <= text.size() + 2,
               "a mistake is in a column");
}

void check_mistakes(const std::vector<Mistake>& mistakes, const fs::path& folder,
                    const std::map<std::string_view, std::string_view>& files) {
    fuzz::must(!mistakes.empty(), "what is not read has a mistake");
    fuzz::must(std::ranges::is_sorted(mistakes, {}, &Mistake::place), "mistakes are sorted");
    for (const Mistake& mistake : mistakes) {
        const std::string name = fs::path(mistake.place.file).filename();
        const auto file = files.find(name);
        if (fs::path(mistake.place.file).parent_path() == folder && file != files.end())
            check_mistake(mistake, file->second);
    }
}

/// Every fact is the same: unknown, or all that it can be, or nothing.
class Answers final : public rules::Facts {
  public:
    enum class Kind { unknown, all, nothing };
    explicit Answers(Kind kind) : kind_(kind) {}

    const rules::FactValue& ask(rules::Fact fact) override {
        const auto& about = rules::info(fact);
        if (kind_ == Kind::unknown)
            value_ = rules::Unknown{"nobody was asked"};
        else if (about.kind == rules::FactKind::flag)
            value_ = kind_ == Kind::all;
        else if (kind_ == Kind::nothing)
            value_ = std::vector<std::string>();
        else if (about.kind == rules::FactKind::pattern)
            value_ = std::vector<std::string>{"carol@example.org", "example.org"};
        else
            value_ = std::vector<std::string>(about.words.begin(), about.words.end());
        return value_;
    }

  private:
    Kind kind_;
    rules::FactValue value_;
};

void check_action(const rules::Action& action) {
    const auto& reply = action.reply;
    fuzz::must(rules::SmtpReply::parse(reply.code + ' ' + reply.status + ' ' + reply.text) == reply,
               "a reply is a valid one");
    fuzz::must(action.tag.empty() || config::is_label(action.tag), "a tag is a label");
}

void check_policy(const rules::Policy& policy) {
    check_action(policy.otherwise);
    for (const rules::Rule& rule : policy.rules) {
        fuzz::must(config::is_label(rule.name), "the name of a rule is a label");
        check_action(rule.action);
    }
    for (const auto kind : {Answers::Kind::unknown, Answers::Kind::all, Answers::Kind::nothing}) {
        Answers answers(kind);
        const auto decision = rules::decide(policy, answers);
        fuzz::must(!decision.because.empty(), "a decision has a reason");
        fuzz::must(decision.trace.size() <= policy.rules.size(), "a rule is traced once");
        fuzz::must(!decision.deferred || kind == Answers::Kind::unknown, "what is known is decided");
        fuzz::must(decision.rule == "otherwise" ||
                       std::ranges::find(policy.rules, decision.rule, &rules::Rule::name) != policy.rules.end(),
                   "a rule decides");
    }
}

void check_config(const Config& config) {
    fuzz::must(config.presets.contains(config.default_preset), "the default preset exists");
    fuzz::must(config.backends.contains(config.default_backend), "the default backend exists");
    for (const auto& [name, policy] : config.presets) {
        fuzz::must(config::is_name(name), "a preset has a name");
        check_policy(policy);
    }
    for (const auto& [name, backend] : config.backends)
        fuzz::must(config::is_name(name), "a backend has a name");
    for (const auto& source : config.users.sources)
        if (const auto* listed = std::get_if<users::StaticOptions>(&source))
            for (const users::User& user : listed->users) {
                fuzz::must(user.backend.empty() || config.backends.contains(user.backend), "a user's backend exists");
                fuzz::must(user.preset.empty() || config.presets.contains(user.preset), "a user's preset exists");
                fuzz::must(!user.addresses.empty(), "a user has an address");
            }
    const auto& limits = config.limits;
    fuzz::must(limits.message > 0 && limits.calendar_part > 0 && limits.end_of_message.count() > 0,
               "limits are above zero");
    fuzz::must(config.workers > 0 && config.hold_for.count() > 0, "there is work and time for it");
}

void check_units(std::string_view text) {
    if (const auto duration = config::parse_duration(text))
        fuzz::must(config::parse_duration(config::duration_text(*duration)) == duration,
                   "a duration is written as it is read");
    if (const auto size = config::parse_size(text))
        fuzz::must(config::parse_size(config::size_text(*size)) == size, "a size is written as it is read");
}

}  // namespace

/// The configuration: a main file, and two that it may name, see files_in(). Reading says what is wrong and where, or
/// gives what can be used.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Folder folder;
    const auto files = files_in(fuzz::text_of(data, size));
    for (const auto& [name, text] : files)
        write(folder.path() / name, text);
    const fs::path main = folder.path() / main_name;
    const Reading reading = config::read_config(main);
    fuzz::must(text_of(config::read_config(main)) == text_of(reading), "a second reading says the same");
    calendar::base::for_each_piece(files.at(main_name), ' ', check_units);
    if (!reading) {
        check_mistakes(reading.error(), folder.path(), files);
        return 0;
    }
    check_config(*reading);
    write(main, std::string(files.at(main_name)) + "\nnot_a_key: 1\n");
    fuzz::must(!config::read_config(main), "an unknown key is a mistake");
    return 0;
}
