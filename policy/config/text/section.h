#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/config/text/yaml.h"

namespace policy::config {

/// Adds "'name' must RULE; got 'value'".
void must(const Value& value, const std::string& name, std::string_view rule, Mistakes& mistakes);
/// The text of a scalar; otherwise a mistake. `name` is what the sentence calls the value, e.g. "limits.message".
std::optional<std::string> read_text(const Value& value, const std::string& name, Mistakes& mistakes);
/// Scalars of a sequence; anything else is a mistake and left out.
std::vector<const Value*> read_texts(const Value& value, const std::string& name, Mistakes& mistakes);
/// The same; an empty list is a mistake too.
std::vector<const Value*> read_some_texts(const Value& value, const std::string& name, Mistakes& mistakes);
std::optional<bool> read_boolean(const Value& value, const std::string& name, Mistakes& mistakes);
std::optional<std::chrono::milliseconds> read_duration(const Value& value, const std::string& name, Mistakes& mistakes);
/// The index in `words`.
std::optional<std::size_t> read_choice(const Value& value, const std::string& name,
                                       const std::vector<std::string_view>& words, Mistakes& mistakes);
/// A path as it is, or beside the file that names it.
std::string beside(const Place& place, const std::string& path);

/// A map of the configuration, read strictly: each reader takes one key and leaves its target as it is when the key is
/// absent or wrong; finish() makes mistakes of the keys that were not taken. Ranges are inclusive.
class Section {
  public:
    /// Not a map: a mistake, and no keys. `name` is empty for the file itself.
    Section(const Value& value, std::string name, Mistakes& mistakes);

    const Value* find(std::string_view key);     ///< null when absent
    const Value* require(std::string_view key);  ///< absent: a mistake

    void boolean(std::string_view key, bool& target);
    void text(std::string_view key, std::string& target);
    void texts(std::string_view key, std::vector<std::string>& target);
    void count(std::string_view key, std::size_t& target, std::size_t least, std::size_t most);
    void size(std::string_view key, std::size_t& target, std::size_t least, std::size_t most);
    void duration(std::string_view key, std::chrono::milliseconds& target, std::chrono::milliseconds least,
                  std::chrono::milliseconds most);
    /// Whole seconds.
    void duration(std::string_view key, std::chrono::seconds& target, std::chrono::seconds least,
                  std::chrono::seconds most);
    /// A list of texts that `parse`, which gives an optional, understands; `what` names them: "domain names".
    template <class T, class Parse>
    void parsed(std::string_view key, std::vector<T>& target, Parse parse, std::string_view what) {
        const Value* value = find(key);
        if (value == nullptr) return;
        target.clear();
        for (const Value* item : read_texts(*value, name(key), mistakes_)) {
            if (auto result = parse(item->text))
                target.push_back(*std::move(result));
            else
                config::must(*item, name(key), "contain only " + std::string(what), mistakes_);
        }
    }
    template <class T>
    void choice(std::string_view key, T& target, std::initializer_list<std::pair<std::string_view, T>> choices) {
        const Value* value = find(key);
        if (value == nullptr) return;
        std::vector<std::string_view> words;
        for (const auto& choice : choices)
            words.push_back(choice.first);
        if (const auto index = read_choice(*value, name(key), words, mistakes_))
            target = (choices.begin() + *index)->second;
    }

    void finish();

    /// Adds "'section.key' FAULT" at a key that is present.
    void fault(std::string_view key, std::string_view fault);
    /// Adds "'section.key' must RULE; got 'value'" at a key that is present.
    void must(std::string_view key, std::string_view rule);
    /// Two keys of which one is of no use without the other.
    void pair(std::string_view key, std::string_view other);

    /// "section.key"
    std::string name(std::string_view key) const;
    const Value& value() const noexcept { return value_; }
    Mistakes& mistakes() noexcept { return mistakes_; }

  private:
    const Value& value_;
    std::string name_;
    Mistakes& mistakes_;
    std::vector<std::string_view> known_;
};

}  // namespace policy::config
