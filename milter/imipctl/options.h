#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// A subcommand's options, read by CLI11. Every file that includes its headers takes ten seconds more to compile, so
/// the subcommands do not.
namespace milter::imipctl {

class Option {
  public:
    explicit Option(CLI::Option& option) : option_(option) {}
    Option& required();
    /// `error` gives the sentence about what is wrong with a value, or nothing.
    Option& check(std::string (*error)(const std::string& value));

  private:
    CLI::Option& option_;
};

/// What it is given must outlive the parsing. A name without a dash is a positional argument.
class Subcommand {
  public:
    Subcommand(CLI::App& parent, const std::string& name, const std::string& purpose);
    /// One of these is then required.
    Subcommand subcommand(const std::string& name, const std::string& purpose);
    void flag(const std::string& name, bool& value, const std::string& purpose);
    Option option(const std::string& name, std::string& value, const std::string& purpose);
    /// One value each time that it is given; as a positional argument, all that are left.
    Option option(const std::string& name, std::vector<std::string>& values, const std::string& purpose);
    void callback(std::function<void()> run);

  private:
    CLI::App& app_;
};

}  // namespace milter::imipctl
