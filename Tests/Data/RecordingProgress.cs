using GpuLstm.Runtime.Data;

namespace GpuLstm.Tests.Data;

internal sealed class RecordingProgress : IDataProgress
{
    public List<string> Notices { get; } = [];
    public List<(string File, long Done, long? Total)> Downloads { get; } = [];

    public void Notice(string message) => Notices.Add(message);

    public void Download(string file, long bytesDone, long? bytesTotal) => Downloads.Add((file, bytesDone, bytesTotal));
}
