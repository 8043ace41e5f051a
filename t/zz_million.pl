use OrderSave::Worker; use v5.30; use JSON::PP; use Time::HiRes qw(time sleep); $|=1;
use IO::Socket::INET;
my $t = OrderSave::Worker->new; $t->start(no_worker=>1);
my $closed = OrderSave::Nginx::free_port();
$t->configure(smtp => {host=>'127.0.0.1', port=>$closed, starttls=>'never'}, retry => {first=>'1s', most=>'30m'});
$t->start_worker;
sub cmds { my ($n) = $t->redis('INFO','stats') =~ /total_commands_processed:(\d+)/; $n }
sub rss { my $p=$t->{pids}{worker}; open my $f,'<',"/proc/$p/status"; my ($r)= join('',<$f>) =~ /VmHWM:\s+(\d+)/; $r }
my $o = $t->buy(customer=>'ada');
sleep 35; my ($a,$ta)=(cmds(),time); sleep 10; printf "none waiting: %.0f commands/s, peak %d KB\n", (cmds()-$a)/(time-$ta), rss();
my $s = IO::Socket::INET->new(PeerAddr=>'127.0.0.1',PeerPort=>$t->{redis_port});
my $total=$ENV{TOTAL}//1_000_000; my $due=$total/10; my $now=int(time*1000); my $n=0; my $buf=''; my $sent=0;
for my $i (1..$total) { my $shard=$i%16; my $id=sprintf 'm%015d',$i;
 my $j='{"id":"'.$id.'","order":"shop/'.$t->id($o).'","purpose":"support_score","channel":"smtp","made_ms":'.$now.',"data":{"to":"support","score":1}}';
 my $score = $i<=$due ? $now-10 : $now+86400000+$i;
 for my $w (['HSET',$t->shard_key($shard,'jobs'),$id,$j],['ZADD',$t->shard_key($shard,'due'),$score,$id]) { $buf.='*'.@$w."\r\n".join('',map{'$'.length($_)."\r\n$_\r\n"}@$w); $sent++ }
 if (length $buf>200000 || $i==$total) { print $s $buf; $buf=''; for (1..$sent){ <$s> } $sent=0 } }
say "filled"; sleep 60;
for (1..3) { ($a,$ta)=(cmds(),time); sleep 10; printf "waiting: %.0f commands/s, peak %d KB\n", (cmds()-$a)/(time-$ta), rss(); }
my ($rc,$out); my $tt=time; ($rc,$out)=$t->ctl('order','show',$t->id($o)); printf "order show: %.0f ms rc %d\n",(time-$tt)*1000,$rc;
$t->stop;
