// Inline PTX. A statement
//     asm volatile("mma.sync...f32 {%0,%1}, {%2}, %3;" : "+f"(a), "+f"(b) : "r"(c), "r"(d));
// becomes a call for each instruction, of a function named after it, with the operands in the instruction's order:
//     { ptx_mma_sync___f32(a, b, c, d); }
// Those in kernel/ptx.h are emulated; others end the compilation as unknown functions.
#include "translate.h"
#include <cctype>
#include <regex>
#include <vector>

namespace emulator
{
namespace
{
// Reads a text piece by piece.
struct Reader
{
    const std::string& text;
    std::size_t at;

    void skipSpace()
    {
        while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) != 0)
            at++;
    }

    bool take(char c)
    {
        skipSpace();
        if (at >= text.size() || text[at] != c)
            return false;
        at++;
        return true;
    }

    void expect(char c)
    {
        if (!take(c))
            throw TranslationError(std::string("kernel.cu: error: '") + c + "' is missing in an asm statement");
    }

    std::string word()
    {
        skipSpace();
        std::size_t first = at;
        while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_'))
            at++;
        return text.substr(first, at - first);
    }

    // Adjacent string literals, as one.
    std::string strings()
    {
        std::string all;
        while (take('"'))
        {
            for (; at < text.size() && text[at] != '"'; at++)
                if (text[at] == '\\')
                    all += text[++at] == 'n' ? '\n' : text[at] == 't' ? ' ' : text[at];
                else
                    all += text[at];
            expect('"');
        }
        return all;
    }

    // What is inside a pair of parentheses, of which the first has been read.
    std::string inside()
    {
        std::size_t first = at;
        for (int depth = 1; at < text.size(); at++)
            if ((depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0) == 0)
                return text.substr(first, at++ - first);
        throw TranslationError("kernel.cu: error: a parenthesis of an asm statement does not end");
    }
};

struct Statement
{
    std::string instructions;
    std::vector<std::string> operands; // %0, %1, ...: expressions
};

// From behind the word asm to the semicolon.
Statement readStatement(Reader& reader)
{
    Statement statement;
    std::size_t before = reader.at;
    std::string word = reader.word();
    if (word != "volatile" && word != "__volatile__")
        reader.at = before;
    reader.expect('(');
    statement.instructions = reader.strings();
    for (int part = 0; part < 2 && reader.take(':'); part++)
        while (!reader.strings().empty())
        {
            reader.expect('(');
            statement.operands.push_back("(" + reader.inside() + ")");
            reader.take(',');
        }
    if (reader.take(':')) // clobbers
        while (!reader.strings().empty())
            reader.take(',');
    reader.expect(')');
    reader.expect(';');
    return statement;
}

// PTX's words for C++: %0 is an operand, %%laneid a special register, and an address [x+8] a sum.
std::string operandText(std::string text, const Statement& statement)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); i++)
        if (text[i] == '%' && i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0)
        {
            std::size_t digits = 0;
            std::size_t number = std::stoul(text.substr(i + 1), &digits);
            if (number >= statement.operands.size())
                throw TranslationError("kernel.cu: error: an asm statement lacks the operand %" + std::to_string(number));
            result += statement.operands[number];
            i += digits;
        }
        else if (text.compare(i, 2, "%%") == 0)
        {
            result += "ptx_register_";
            i++;
        }
        else if (text[i] != '{' && text[i] != '}' && text[i] != '[' && text[i] != ']')
            result += text[i];
    return result;
}

std::string declaration(const std::string& text)
{
    static const std::regex form(R"(\.reg\s+\.(pred|b16|u16|s16|b32|u32|s32|f32|b64|u64|s64)\s+([\w\s,]+))");
    std::smatch match;
    if (!std::regex_match(text, match, form))
        throw TranslationError("kernel.cu: error: the emulator does not know the PTX declaration " + text);
    std::string type = match[1] == "pred" ? "bool" : match[1] == "f32" ? "float"
        : match.str(1).find("64") != std::string::npos ? "unsigned long long"
        : match.str(1).find("16") != std::string::npos ? "unsigned short" : "unsigned";
    return type + " " + match.str(2) + "; ";
}

std::string instruction(const std::string& text, const Statement& statement)
{
    static const std::regex form(R"((@(!?)\s*(%?\w+)\s+)?([a-z][\w.:]*)(\s+([\s\S]*))?)");
    std::smatch match;
    if (!std::regex_match(text, match, form))
        throw TranslationError("kernel.cu: error: the emulator does not know the PTX instruction " + text);
    std::string name = match[4];
    for (char& c : name)
        if (c == '.' || c == ':')
            c = '_';
    std::string condition = match[1].matched ? "if (" + match.str(2) + operandText(match[3], statement) + ") " : "";
    return condition + "ptx_" + name + "(" + operandText(match[6], statement) + "); ";
}

std::string trimmed(const std::string& text)
{
    std::size_t first = text.find_first_not_of(" \t\r\n"), last = text.find_last_not_of(" \t\r\n");
    return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

std::string calls(const Statement& statement)
{
    std::string result = "{ ", rest = statement.instructions;
    while (!(rest = trimmed(rest)).empty())
    {
        if (rest[0] == '{' || rest[0] == '}') // a scope; an operand's brace stands behind its instruction
        {
            result += rest[0];
            rest.erase(0, 1);
            continue;
        }
        std::size_t end = rest.find(';');
        if (end == std::string::npos)
            throw TranslationError("kernel.cu: error: a PTX instruction does not end with a semicolon: " + rest);
        std::string one = trimmed(rest.substr(0, end));
        result += one[0] == '.' ? declaration(one) : instruction(one, statement);
        rest.erase(0, end + 1);
    }
    return result + "}";
}
}

std::string translateAssembly(const std::string& cuda)
{
    static const std::regex start(R"(\b(asm|__asm__)\b(?=\s*(volatile|__volatile__)?\s*\())");
    std::string result;
    std::size_t at = 0;
    for (std::sregex_iterator match(cuda.begin(), cuda.end(), start), end; match != end; ++match)
    {
        auto position = static_cast<std::size_t>(match->position());
        if (position < at)
            continue;
        Reader reader{cuda, position + static_cast<std::size_t>(match->length())};
        result += cuda.substr(at, position - at) + calls(readStatement(reader));
        at = reader.at;
    }
    return result + cuda.substr(at);
}
}
