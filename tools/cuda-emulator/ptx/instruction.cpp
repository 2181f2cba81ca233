#include "instruction.h"
#include "text.h"
#include <cctype>
#include <set>

namespace emulator
{
namespace
{
const std::set<std::string> types = {"pred", "b8", "b16", "b32", "b64", "u8", "u16", "u32", "u64", "s8", "s16", "s32",
    "s64", "f16", "f16x2", "f32", "f64", "bf16", "bf16x2", "tf32"};

// Suffixes that say nothing here: threads run one after the other, and round to the nearest.
const std::set<std::string> silent = {"uni", "sync", "aligned", "gpu", "cta", "sys", "global", "shared", "shared::cta"};

const std::map<std::string, std::string> specials = {{"%laneid", "emulated_lane()"},
    {"%warpid", "(emulated_thread() / 32)"}, {"%dynamic_smem_size", "emulated_state.dynamicSharedBytes"},
    {"%lanemask_eq", "(1u << emulated_lane())"}, {"%lanemask_lt", "((1u << emulated_lane()) - 1)"}, {"WARP_SZ", "32"}};

const std::map<std::string, std::string> indices = {{"%tid", "threadIdx"}, {"%ntid", "blockDim"},
    {"%ctaid", "blockIdx"}, {"%nctaid", "gridDim"}};

std::string operand(const std::string& text, const Symbols& symbols)
{
    if (text.empty())
        throw std::string("an empty operand");
    if (text[0] == '!')
        return "!" + operand(trim(text.substr(1)), symbols);
    if (text[0] == '{')
    {
        std::string all;
        for (const std::string& part : split(text.substr(1, text.rfind('}') - 1), ','))
            all += (all.empty() ? "" : ", ") + operand(part, symbols);
        return all;
    }
    if (text[0] == '[')
    {
        std::string inner = trim(text.substr(1, text.rfind(']') - 1));
        std::size_t plus = inner.find_first_of("+-", 1);
        std::string base = trim(inner.substr(0, plus)), offset = plus == std::string::npos ? "" : inner.substr(plus);
        return "emulated_address(" + operand(base, symbols) + ")" + offset;
    }
    if (std::size_t bar = text.find('|'); bar != std::string::npos)
        return operand(trim(text.substr(0, bar)), symbols) + ", " + operand(trim(text.substr(bar + 1)), symbols);
    if (auto special = specials.find(text); special != specials.end())
        return special->second;
    if (std::size_t dot = text.find('.'); text[0] == '%' && dot != std::string::npos)
    {
        auto index = indices.find(text.substr(0, dot));
        if (index == indices.end() || dot + 2 != text.size())
            throw "the register " + text + " is not emulated";
        return "emulated_state." + index->second + text.substr(dot);
    }
    if (text[0] == '%')
        return registerName(text);
    if (text.compare(0, 2, "0f") == 0 || text.compare(0, 2, "0F") == 0)
        return "emulated_f32(0x" + text.substr(2) + "u)";
    if (text.compare(0, 2, "0d") == 0 || text.compare(0, 2, "0D") == 0)
        return "emulated_f64(0x" + text.substr(2) + "ull)";
    if (std::isdigit(static_cast<unsigned char>(text[0])) != 0 || text[0] == '-')
        return text;
    auto symbol = symbols.find(text);
    if (symbol == symbols.end())
        throw "there is no " + text;
    return symbol->second;
}

// ld and st: what is read or written follows from the type, how many from the operand in braces.
std::string access(const std::string& operation, const std::vector<std::string>& suffixes, const std::string& operands)
{
    std::string type, order, space, address = operands;
    for (const std::string& suffix : suffixes)
        if (isType(suffix))
            type = suffix;
        else if (suffix == "volatile" || suffix == "relaxed" || suffix == "acquire" || suffix == "release")
            order = "_polling";
        else if (suffix == "shared" || suffix == "shared::cta")
            space = "_shared";
        else if (suffix != "global" && suffix != "param" && suffix != "local" && suffix != "const" && suffix != "v2"
            && suffix != "v4" && suffix != "gpu" && suffix != "cta" && suffix != "sys" && suffix != "nc" && suffix != "cg"
            && suffix != "ca" && suffix != "weak")
            throw "the suffix ." + suffix + " is not emulated";
    return "emulated_" + operation + space + order + "<" + type + ">(" + operands + ")";
}
}

bool isType(const std::string& suffix)
{
    return types.count(suffix) != 0;
}

std::string registerName(const std::string& name)
{
    return "r_" + name.substr(1);
}

std::string translateInstruction(const std::string& statement, const Symbols& symbols)
{
    std::string rest = statement, guard;
    if (rest[0] == '@')
    {
        std::size_t end = rest.find_first_of(" \t\n");
        guard = "if (" + operand(rest.substr(1, end - 1), symbols) + ") ";
        rest = trim(rest.substr(end));
    }
    std::size_t end = rest.find_first_of(" \t\n");
    std::vector<std::string> parts = split(rest.substr(0, end), '.');
    std::vector<std::string> given = split(end == std::string::npos ? "" : rest.substr(end), ',');
    std::string operation = parts[0];
    parts.erase(parts.begin());
    if (operation == "bra")
        return guard + "goto " + given.at(0) + ";";
    if (operation == "ret" || operation == "exit")
        return guard + "return;";
    std::string operands;
    for (const std::string& one : given)
        operands += (operands.empty() ? "" : ", ") + operand(one, symbols);
    if (operation == "ld" || operation == "st")
        return guard + access(operation, parts, operands) + ";";
    std::string name = "ptx_" + operation, arguments;
    for (const std::string& part : parts)
        if (isType(part))
            arguments += (arguments.empty() ? "<" : ", ") + part;
        else if (silent.count(part) == 0 && !(part == "rn" && operation != "cvt"))
            name += "_" + part;
    return guard + name + arguments + (arguments.empty() ? "" : ">") + "(" + operands + ");";
}
}
