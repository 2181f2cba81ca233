using System.CommandLine;
using GpuLstm.Runtime.Accelerators;

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
            foreach (DeviceInfo device in devices)
                new Terminal(json: false).Line(
                    $"{device.Id,-10} {device.Name}  "
                    + $"{string.Join(", ", device.Details.Select(d => $"{d.Key} {d.Value}"))}");
    }
}
