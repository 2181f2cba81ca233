namespace GpuLstm.Tests.Data;

/// <summary>Real data sets on this machine.</summary>
internal static class TestData
{
    /// <summary>A folder under <c>GPULSTM_DATA</c>; without it the running test is skipped.</summary>
    public static string Folder(string name)
    {
        string? root = Environment.GetEnvironmentVariable("GPULSTM_DATA");
        if (string.IsNullOrEmpty(root))
            Assert.Ignore($"GPULSTM_DATA is not set: this test needs its folder {name}.");
        return Path.Combine(root!, name);
    }
}
