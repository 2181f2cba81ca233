using System.Globalization;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Host;

/// <summary>Shows notices and downloads: a bar that moves on a terminal, a line per file elsewhere.</summary>
public sealed class DataProgress(Terminal terminal) : IDataProgress, IDisposable
{
    private const int BarWidth = 30;
    private string _file = "";
    private long _shown = -1;

    public void Notice(string message)
    {
        EndLine();
        terminal.Notice($"{message}");
    }

    public void Download(string file, long bytesDone, long? bytesTotal)
    {
        if (file != _file)
        {
            EndLine();
            (_file, _shown) = (file, -1);
            if (!terminal.Live)
                terminal.Line($"Downloading {file} ...");
        }
        long percent = bytesTotal is > 0 ? bytesDone * 100 / bytesTotal.Value : bytesDone >> 20;
        if (!terminal.Live || percent == _shown)
            return;
        _shown = percent;
        string bar = bytesTotal is > 0 ? new string('#', (int)(percent * BarWidth / 100)).PadRight(BarWidth, '.')
            + $" {percent,3} %" : "";
        terminal.Console.Profile.Out.Writer.Write(string.Create(CultureInfo.InvariantCulture,
            $"\r{file} {bar} {bytesDone / 1e6:F1} MB "));
    }

    public void Dispose() => EndLine();

    private void EndLine()
    {
        if (terminal.Live && _shown >= 0)
            terminal.Line();
        _shown = -1;
    }
}
