using System.CommandLine;
using GpuLstm.Runtime.Accelerators;
using Spectre.Console;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm devices</c>: what <c>--device</c> can choose from.</summary>
public static class DevicesCommand
{
    public static Command Create()
    {
        var command = new Command("devices", "Lists the devices that --device can choose from.");
        var common = new CommonOptions();
        command.Options.Add(common.Json);
        command.SetAction(parsed => Run(parsed.GetValue(common.Json)));
        return HelpWithExamples.WithExamples(command, "gpulstm devices");
    }

    private static void Run(bool json)
    {
        IReadOnlyList<DeviceInfo> devices = EngineFactory.List();
        if (json)
            Terminal.WriteJson(devices);
        else
        {
            var terminal = new Terminal(json: false);
            foreach (DeviceInfo device in devices)
            {
                terminal.Console.Write(
                    new Markup($"[bold]{Markup.Escape(device.Id)}[/]  {Markup.Escape(device.Name)}\n"));
                foreach ((string key, string value) in device.Details)
                    terminal.Console.Write(new Padder(
                        new Text($"{key.Replace('_', ' ')}: {value}"), new Padding(2, 0, 0, 0)));
            }
        }
    }
}
