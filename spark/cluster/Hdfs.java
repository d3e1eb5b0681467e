import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/// An HDFS on this machine: a name node and two data nodes in one process, until it is killed. Prints its address. Run from source by `spark/cluster/hdfs`.
public final class Hdfs {
    private Hdfs() {}

    /// @param args the folder for its blocks
    public static void main(String[] args) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, args[0]);
        MiniDFSCluster cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(2).build();
        cluster.waitActive();
        System.out.println(cluster.getFileSystem().getUri());
        Thread.currentThread().join();
    }
}
