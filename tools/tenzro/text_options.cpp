// SPDX-License-Identifier: Apache-2.0
#include "text_options.hpp"

namespace tenzro::cli {

CLI::Option* add_text(CLI::App& app, const std::string& name, std::optional<std::string>& into,
                      const std::string& value, const std::string& help) {
  return app.add_option_function<std::string>(
                name, [&into](const std::string& given) { into = given; }, help)
      ->option_text(value);
}

CLI::Option* add_repeatable(CLI::App& app, const std::string& name, std::vector<std::string>& into,
                            const std::string& value, const std::string& help) {
  // Without extra arguments: "--collateral a b" must not swallow the report's name.
  return app.add_option(name, into, help)
      ->option_text(value)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

std::vector<CLI::Option*> add_user_data(CLI::App& app, BindingArguments& arguments, const std::string& what) {
  CLI::Option* text = add_text(app, "--user-data", arguments.user_data, "TEXT", what);
  CLI::Option* hex = add_text(app, "--user-data-hex", arguments.user_data_hex, "HEX", "The same as hex digits");
  CLI::Option* file = add_text(app, "--user-data-file", arguments.user_data_file, "FILE", "The same as a file's bytes");
  text->excludes(hex)->excludes(file);
  hex->excludes(file);
  return {text, hex, file};
}

}  // namespace tenzro::cli
