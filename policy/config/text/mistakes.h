#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace policy::config {

/// Where something stands in a configuration file. Lines and columns are 1-based; line 0: the file as a whole.
struct Place {
    std::string file;
    int line = 0;
    int column = 0;

    std::string text() const;        ///< FILE:LINE:COLUMN, or FILE
    std::string short_text() const;  ///< the same without the folders of FILE: it goes into every log line
    auto operator<=>(const Place&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 means the 0 of <=>
};

/// With an error a configuration is not used. A warning is about what can be used, but is hardly meant.
enum class Severity { error, warning };

/// One mistake: `FILE:LINE:COLUMN: sentence`, or `FILE:LINE:COLUMN: warning: sentence`.
struct Mistake {
    Place place;
    std::string sentence;
    Severity severity = Severity::error;

    std::string text() const;
};

/// All that is wrong with a configuration, so that one reading finds all of it.
class Mistakes {
  public:
    /// Control characters and invalid UTF-8 become `?`.
    void add(const Place& place, std::string sentence);
    void warn(const Place& place, std::string sentence);
    bool has_errors() const noexcept;
    /// By file, line and column.
    std::vector<Mistake> sorted() const;

  private:
    std::vector<Mistake> mistakes_;
};

/// "unknown preset 'polcy' (did you mean 'policy'?); configured: …" for a name that is not a key of `known`.
std::string unknown_name(std::string_view what, std::string_view name, const std::vector<std::string_view>& known);
template <class Map>
std::string unknown_name(std::string_view what, std::string_view name, const Map& known) {
    std::vector<std::string_view> names;
    for (const auto& [each, value] : known)
        names.push_back(each);
    return unknown_name(what, name, names);
}

/// " (did you mean 'signer'?)" for the candidate nearest to `word`, or empty when none is near.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace policy::config
