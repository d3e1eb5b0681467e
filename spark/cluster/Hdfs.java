import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/// Runs an HDFS on this machine, a name node and two data nodes in one process, until it is killed. Prints its address. `spark/cluster/hdfs` runs this file from source.
public final class Hdfs {
    private Hdfs() {}

    /// @param args the folder for the blocks
    public static void main(String[] args) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, args[0]);
        MiniDFSCluster cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(2).build();
        cluster.waitActive();
        System.out.println(cluster.getFileSystem().getUri());
        Thread.currentThread().join();
    }
}
