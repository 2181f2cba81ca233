using System.Diagnostics;
using GpuLstm.Host;

namespace GpuLstm.Tests.Host;

/// <summary>What a person sees: in a real terminal (tmux's), and of a mistyped command line.</summary>
[TestFixture, NonParallelizable]
public class TerminalTests : TestsInFolder
{
    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "gpulstm.dll");

    [TestCase("trian", "'trian' is no command; did you mean train?")]
    [TestCase("train --epohs 3", "did you mean --epochs?")]
    [TestCase("train --epochs three", "--epochs takes a whole number; 'three' is none.")]
    [TestCase("train --lr fast", "--lr takes a number; 'fast' is none.")]
    [TestCase("train --seed -1", "--seed takes a whole number from 0 on; '-1' is none.")]
    [TestCase("train --optimizer best", "--optimizer takes one of adam, adamw, rmsprop, sgd; 'best' is none.")]
    [TestCase("evaluate x --limit 1.5", "--limit takes a whole number; '1.5' is none.")]
    [TestCase("train --lr", "--lr needs a value.")]
    [TestCase("train xyzzy", "'xyzzy' has no place in 'gpulstm train'.")]
    public void A_mistyped_command_line_is_told_as_a_person_would(string line, string sentence)
    {
        (int code, string output, string errors) = CommandLineTests.Run(line.Split(' '));
        Assert.That((code, output), Is.EqualTo((2, "")));
        Assert.That(errors, Does.Contain(sentence).And.Not.Contain("System."));
    }

    [TestCase("plain/path-1.png", "plain/path-1.png")]
    [TestCase("two words", "'two words'")]
    [TestCase("it's", """'it'\''s'""")]
    [TestCase("", "''")]
    public void Words_are_quoted_for_a_shell(string word, string quoted)
    {
        if (!OperatingSystem.IsWindows())
            Assert.That(Invocation.Quote(word), Is.EqualTo(quoted));
    }

    [Test]
    public void Training_moves_one_line_and_leaves_the_scrollback_alone([Values(80, 40)] int columns)
    {
        string[] lines = Screen(columns, $"echo before && dotnet {s_program} train --data strokes --limit 4000 "
            + $"--epochs 3 --hidden 48 --out {Folder["run"]} && echo after");
        Assert.That(lines.Count(line => line == "before"), Is.EqualTo(1), string.Join('\n', lines));
        Assert.That(lines.Count(line => line == "after"), Is.EqualTo(1));
        for (int epoch = 1; epoch <= 3; epoch++)
            Assert.That(lines.Count(line => line.StartsWith($"epoch {epoch} ", StringComparison.Ordinal)),
                Is.EqualTo(1));
        Assert.That(lines, Has.None.Contains("[#").And.None.Contains(" left"), "the moving line is gone");
        Assert.That(lines, Has.Length.LessThan(columns == 80 ? 30 : 45));
    }

    [Test]
    public void A_dumb_terminal_gets_plain_lines()
    {
        string[] lines = Screen(80, $"TERM=dumb dotnet {s_program} train --data strokes --limit 2000 --epochs 1 "
            + $"--hidden 8 --log-every 10 --out {Folder["run"]}");
        Assert.That(lines.Count(line => line.StartsWith("epoch 1  step ", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(lines, Has.None.Contains("[#").And.None.Contains("\u001b"));
    }

    [TestCase("recipes", "lstm128x2")]
    [TestCase("devices", "cpu")]
    public void Lists_can_be_read_in_forty_columns(string command, string named)
    {
        string[] lines = Screen(40, $"dotnet {s_program} {command}");
        Assert.That(lines, Has.Some.StartsWith(named));
        int broken = lines.Count(line => line.Length == 40 && char.IsLetter(line[^1]));
        Assert.That(broken, Is.LessThan(3), "words are not cut");
    }

    /// <summary>All lines that a command leaves in a terminal, those that have scrolled away too.</summary>
    private string[] Screen(int columns, string command)
    {
        string socket = Folder["tmux"];
        if (!OperatingSystem.IsLinux() || Tmux(socket, "-V") == null)
            Assert.Ignore("No tmux on this machine: nothing was seen in a terminal.");
        Tmux(socket, "-f", "/dev/null", "new-session", "-d", "-x", $"{columns}", "-y", "24", "sh");
        try
        {
            Tmux(socket, "set-option", "-g", "history-limit", "5000");
            Tmux(socket, "respawn-pane", "-k", $"sh -c \"{command}; tmux -S {socket} wait-for -S done; sleep 60\"");
            Tmux(socket, "wait-for", "done");
            return [.. (Tmux(socket, "capture-pane", "-p", "-S", "-") ?? "").Split('\n')
                .Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
        }
        finally
        {
            Tmux(socket, "kill-server");
        }
    }

    private static string? Tmux(string socket, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(
                new ProcessStartInfo("tmux", ["-S", socket, .. arguments]) { RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
