#include <fmt/format.h>

#include "policy/config/rules.h"
#include "policy/config/sections.h"
#include "policy/config/text/files.h"
#include "policy/config/text/names.h"

namespace policy::config {
namespace {

constexpr std::string_view in_place = "policy";  ///< what the rules of the main file are called

void read_preset(const Entry& entry, Config& config, Mistakes& mistakes) {
    rules::Policy& policy = config.presets[entry.key];
    if (entry.key == in_place) mistakes.add(entry.place, "'policy' is the name of the rules in place, not of a file");
    if (!is_name(entry.key))
        mistakes.add(entry.place, fmt::format("'{}' cannot be a name: letters, digits, '-' and '_'", shown(entry.key)));
    const auto path = read_text(entry.value, "presets." + entry.key, mistakes);
    if (!path) return;
    const auto file = std::filesystem::path(entry.value.place.file).parent_path() / *path;
    if (auto wrong = file_error(file); !wrong.empty()) {
        mistakes.add(entry.value.place, std::move(wrong));
        return;
    }
    const auto root = read_yaml(file, mistakes);
    if (!root) return;
    Section section(*root, "", mistakes);
    policy = read_policy(section);
    section.finish();
}

}  // namespace

void read_presets(Section& top, Config& config) {
    Mistakes& mistakes = top.mistakes();
    const Value* presets = top.find("presets");
    if (presets != nullptr) {
        const Section shape(*presets, "presets", mistakes);
        for (const Entry& entry : presets->entries)
            read_preset(entry, config, mistakes);
    }
    const Value* rules = top.find("policy");
    if (rules != nullptr)
        config.presets.insert_or_assign(std::string(in_place), read_policy(top));
    else if (const Value* otherwise = top.find("otherwise"))
        mistakes.add(otherwise->place, "'otherwise' goes with the rules of 'policy'; a preset has its own");

    const Value* named = top.find("preset");
    config.default_preset = rules != nullptr ? in_place : "known";
    top.text("preset", config.default_preset);
    if (config.presets.contains(config.default_preset) || top.value().kind != Value::Kind::map) return;
    std::vector<std::string_view> names;
    for (const auto& [name, policy] : config.presets)
        names.push_back(name);
    if (named != nullptr)
        mistakes.add(named->place, fmt::format("there is no preset '{}'{}", shown(config.default_preset),
                                               suggestion(config.default_preset, names)));
    else if (names.empty())
        mistakes.add(top.value().place,
                     "there are no rules: write them under 'policy', or name a file of them, as in presets: {known: "
                     "policies/known.yaml}");
    else
        mistakes.add(presets->place,
                     "'preset' is missing: it names the one of these that holds for users who name none");
}

}  // namespace policy::config
