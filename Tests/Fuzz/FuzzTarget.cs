using System.Diagnostics;
using System.Text.RegularExpressions;
using GpuLstm.Kernels;
using GpuLstm.Runtime;

namespace GpuLstm.Tests.Fuzz;

/// <summary>A reader under fire.</summary>
/// <param name="Name">The format.</param>
/// <param name="Files">Good files to damage.</param>
/// <param name="Read">Reads a damaged file.</param>
internal sealed partial record FuzzTarget(string Name, IReadOnlyList<byte[]> Files, Action<byte[]> Read)
{
    private const int Attempts = 3;
    private const int MaxComplaint = 1000;
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(5);

    /// <summary>Makes checksums and lengths right again, so that every second file gets past them.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Damaged files where nothing else is said.</summary>
    public int Count { get; init; } = 20_000;

    /// <summary>What reading may allocate per byte of the file.</summary>
    public int AllocationPerByte { get; init; }

    /// <summary>What reading may allocate in any case.</summary>
    public int AllocationBase { get; init; } = 1 << 18;

    /// <summary>Whether the reader allocates on other threads too.</summary>
    public bool Threads { get; init; }

    public override string ToString() => Name;

    /// <summary>Reads so many damaged files; returns how many were still readable and the different complaints about
    /// the others, without names and numbers.</summary>
    public (int Readable, IReadOnlyCollection<string> Complaints) Run(ulong seed)
    {
        string? wanted = Environment.GetEnvironmentVariable("GPULSTM_FUZZ_FILES");
        int count = int.TryParse(wanted, out int number) ? number : Count;
        int readable = 0;
        HashSet<string> complaints = [];
        for (int index = 0; index < count; index++)
        {
            PhiloxRandom random = new(seed, stream: 0xf022, (ulong)index);
            byte[] file = Mutator.Mutate(Files, ref random);
            if (index % 2 == 1 && Repair is not null)
                file = Repair(file);
            if (ReadOne(file, index) is { } complaint)
                complaints.Add(Variable().Replace(complaint, "#"));
            else
                readable++;
        }
        return (readable, complaints);
    }

    /// <summary>Reads a file; where it seems to cost too much, again: what other threads allocated does not come
    /// again.</summary>
    private string? ReadOne(byte[] file, int index)
    {
        for (int attempt = 1; ; attempt++)
        {
            (string? complaint, string? excess) = ReadMeasured(file, index);
            if (excess is null)
                return complaint;
            if (attempt == Attempts)
                Fail(index, file, $"{excess}; {complaint}");
        }
    }

    private (string? Complaint, string? Excess) ReadMeasured(byte[] file, int index)
    {
        string? complaint = null;
        long before = Allocated();
        long start = Stopwatch.GetTimestamp();
        try
        {
            Read(file);
        }
        catch (GpuLstmException e)
        {
            complaint = e.Message;
        }
        catch (Exception e)
        {
            Fail(index, file, e.ToString());
        }
        long allocated = Allocated() - before;
        long allowed = AllocationBase + (long)AllocationPerByte * file.Length;
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        if (complaint is not null && (complaint.Length > MaxComplaint || complaint.Any(IsUnprintable)))
            Fail(index, file, "an unreadable message");
        return allocated > allowed || time > Hang
            ? (complaint, $"{allocated} bytes allocated, {allowed} allowed, in {time}")
            : (complaint, null);
    }

    private void Fail(int index, byte[] file, string how) =>
        Assert.Fail($"{Name} file {index} of {file.Length} bytes: {how}\n{Convert.ToBase64String(file)}");

    private static bool IsUnprintable(char c) => char.IsControl(c) && c != '\n';

    private long Allocated() => Threads ? GC.GetTotalAllocatedBytes() : GC.GetAllocatedBytesForCurrentThread();

    /// <summary>Quoted texts, PNG's chunks and words that are not plain lower-case ones.</summary>
    [GeneratedRegex(@"'.*'|\S+ chunk|(?<=\s|^)\S*[^a-z\s]\S*(?=\s|$)", RegexOptions.Singleline)]
    private static partial Regex Variable();
}
