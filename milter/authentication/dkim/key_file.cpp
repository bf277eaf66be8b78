#include <fstream>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "calendar/base/text.h"
#include "milter/authentication/dkim/dkim.h"

namespace milter::authentication {

namespace {

using calendar::base::white_space;

class KeyFile : public KeySource {
  public:
    explicit KeyFile(std::map<std::string, std::string> keys) : keys_(std::move(keys)) {}

    KeyAnswer ask(const std::string& name, calendar::base::Deadline) override {
        const auto key = keys_.find(calendar::base::lowered(name));
        if (key == keys_.end()) return NoKey{};
        return key->second;
    }

  private:
    const std::map<std::string, std::string> keys_;
};

}  // namespace

std::unique_ptr<KeySource> make_key_file(const std::filesystem::path& file) {
    std::ifstream input(file);
    if (!input) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
    std::map<std::string, std::string> keys;
    std::string line;
    for (int number = 1; std::getline(input, line); ++number) {
        const auto wrong = [&](std::string_view sentence) {
            return std::runtime_error(fmt::format("{}:{}: {}", file.string(), number, sentence));
        };
        const auto text = calendar::base::trimmed(line, white_space);
        if (text.empty() || text.starts_with('#')) continue;
        const auto end_of_name = text.find_first_of(white_space);
        if (end_of_name == std::string_view::npos)
            throw wrong("expected SELECTOR._domainkey.DOMAIN, a space and the key record");
        auto name = calendar::base::lowered(text.substr(0, end_of_name));
        if (name.ends_with('.')) name.pop_back();
        if (name.find("._domainkey.") == std::string::npos) throw wrong("the name must be SELECTOR._domainkey.DOMAIN");
        if (!keys.emplace(std::move(name), calendar::base::trimmed(text.substr(end_of_name), white_space)).second)
            throw wrong("duplicate key for this name");
    }
    if (input.bad()) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
    return std::make_unique<KeyFile>(std::move(keys));
}

}  // namespace milter::authentication
