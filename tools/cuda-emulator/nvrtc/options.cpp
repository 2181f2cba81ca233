#include "options.h"
#include <algorithm>
#include <cctype>

namespace emulator
{
namespace
{
// Options that change nothing that the emulator could show.
constexpr const char* ignored[] = {
    "--restrict", "-restrict", "--extra-device-vectorization", "-extra-device-vectorization", "--generate-line-info",
    "-lineinfo", "--disable-warnings", "-w", "--default-device", "-default-device", "--device-as-default-execution-space",
};

bool starts(const std::string& text, const char* prefix, std::string& rest)
{
    std::string start = prefix;
    if (text.compare(0, start.size(), start) != 0)
        return false;
    rest = text.substr(start.size());
    return true;
}

bool isName(const std::string& definition)
{
    std::string name = definition.substr(0, definition.find('='));
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0
        && std::all_of(name.begin(), name.end(),
            [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

bool readSwitch(const std::string& text, bool& value)
{
    value = text == "true";
    return value || text == "false";
}

bool readArchitecture(const std::string& text, Options& options)
{
    std::string number;
    if (!starts(text, "sm_", number) && !starts(text, "compute_", number))
        return false;
    options.isVirtual = text[0] == 'c';
    for (int known : supportedArchitectures())
        if (number == std::to_string(known))
        {
            options.architecture = known;
            return true;
        }
    return false;
}
}

const std::vector<int>& supportedArchitectures()
{
    static const std::vector<int> all = {50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90};
    return all;
}

bool Options::parse(int count, const char* const* options, std::string& log)
{
    for (int i = 0; i < count; i++)
    {
        std::string option = options[i], value;
        bool known = true, valid = true;
        if (starts(option, "--gpu-architecture=", value) || starts(option, "-arch=", value))
            valid = readArchitecture(value, *this);
        else if (starts(option, "--fmad=", value) || starts(option, "-fmad=", value))
            valid = readSwitch(value, contract);
        else if (starts(option, "--std=", value) || starts(option, "-std=", value))
        {
            valid = value == "c++11" || value == "c++14" || value == "c++17" || value == "c++20";
            standard = value;
        }
        else if (starts(option, "--define-macro=", value) || starts(option, "-D", value))
        {
            value.erase(0, value.find_first_not_of(' '));
            valid = isName(value);
            definitions.push_back(value);
        }
        else
            known = std::find(std::begin(ignored), std::end(ignored), option) != std::end(ignored);
        if (!known)
            log += "nvrtc: error: unrecognized option " + option + " found\n";
        else if (!valid)
            log += "nvrtc: error: invalid value in option " + option + "\n";
    }
    return log.empty();
}
}
