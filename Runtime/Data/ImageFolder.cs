namespace GpuLstm.Runtime.Data;
internal static class ImageFolder
{
    public static Dataset Load(string folder, IDataProgress progress, CancellationToken cancel) => throw new NotSupportedException(folder);
}
