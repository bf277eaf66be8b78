#include "policy/config/policies/rules.h"
#include "policy/config/read_sections.h"
#include "policy/config/text/files.h"
#include "policy/config/text/names.h"

namespace policy::config {
namespace {

constexpr std::string_view in_place = "policy";  ///< what the rules of the main file are called

void read_preset(const Entry& entry, Config& config, Mistakes& mistakes) {
    rules::Policy& policy = config.presets[entry.key];
    if (entry.key == in_place)
        mistakes.add(entry.place, "'policy' is reserved for the rules in the main file; use another name");
    if (!is_name(entry.key)) mistakes.add(entry.place, name_fault(entry.key));
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
        mistakes.add(otherwise->place, "'otherwise' without 'policy'; move it into the preset's file");

    const Value* named = top.find("preset");
    config.default_preset = rules != nullptr ? in_place : "known";
    top.text("preset", config.default_preset);
    if (config.presets.contains(config.default_preset) || top.value().kind != Value::Kind::map) return;
    if (named != nullptr)
        mistakes.add(named->place, unknown_name("preset", config.default_preset, config.presets));
    else if (config.presets.empty())
        mistakes.add(
            top.value().place,
            "'policy' and 'presets' are missing; add rules under 'policy', or a file of rules such as presets: "
            "{known: policies/known.yaml}");
    else
        mistakes.add(presets->place, "'preset' is missing; set it to the preset of users who have none of their own");
}

}  // namespace policy::config
