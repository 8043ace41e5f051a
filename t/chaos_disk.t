# Disks that are full or broken: each call by which nginx spools what Redis does
# not take fails, one after the other, with ENOSPC and EIO. A ledger outside
# knows what was acknowledged: that is in Redis in the end, whatever failed.
# long

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Nginx;
use OrderSave::Shim;

plan skip_all => 'with --full only' if !$ENV{ORDERSAVE_FULL};

my $most = 8;
my $t = OrderSave::Nginx->new->start_redis
    ->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });
$t->allow(qr/the spool in|is no whole record|failed|refuses an event|spool/);
my $shim = OrderSave::Shim->new($t->{dir});
$t->write('secret', "s3cret\n");
$shim->under(sub { $t->start_nginx(server => $t->woo
    . "location = /in { ordersave_ingest woocommerce secret_file=$t->{dir}/secret; }\n") });
sub status { return $t->status }
ok $t->wait_for('Redis', sub { status()->{redis} eq 'up' }), 'nginx has Redis';

my ($n, %acknowledged, %answers) = (0);
sub webhook {
    my $id = 'd' . ++$n;
    my $body = qq({"order":{"id":"$n"}});
    my $status = $t->http('POST', '/in', bare => 1, body => $body, headers => ["X-WC-Webhook-Delivery-ID: $id",
        'X-WC-Webhook-Topic: order.updated', 'X-WC-Webhook-Signature: ' . encode_base64(hmac_sha256($body, 's3cret'), '')])->{status} // 0;
    $acknowledged{$id} = 1 if $status == 202;
    $answers{$status}++;
    return $status;
}

sub files { my @all = glob $t->path("spool/*$_[0]"); return @all }
sub there {
    my %seen;
    for my $shard (0 .. 15) {
        $seen{$_}++ for map { my %f = @{$_->[1]}; 'd' . ($f{body} =~ /(\d+)/)[0] } @{$t->redis('XRANGE', $t->shard_key($shard, 'in'), '-', '+')};
    }
    return \%seen;
}

is webhook(), 202, 'a webhook is taken';
my (%hit, @wrong);
for my $call (qw(open writev short fsync ftruncate unlink)) {
    for my $errno ('ENOSPC', 'EIO') {
        for my $which (1 .. $most) {
            $t->redis('CONFIG', 'SET', 'min-replicas-to-write', 1);
            webhook();                      # it is known that Redis takes nothing
            my $refused = $answers{503} // 0;
            $shim->fail($call, $which, $errno);
            webhook() for 1 .. 6;
            $t->redis('CONFIG', 'SET', 'min-replicas-to-write', 0);
            $t->wait_for('the spool', sub { !files('.spool') }) or diag "$call $which $errno";
            $hit{$call} += $shim->failed;
            push @wrong, "$call $which $errno" if $call =~ /open|writev|short|fsync/ && ($answers{503} // 0) - $refused != $shim->failed;
            $shim->fail('none', 0);
        }
    }
}
note "calls that failed: $_: $hit{$_}" for sort keys %hit;
note 'ledger: ', join ', ', map { "$answers{$_} answered $_" } sort keys %answers;
ok $hit{$_}, "$_ has failed" for qw(open writev short fsync ftruncate unlink);
is_deeply \@wrong, [], 'a webhook is refused for each that fails before it is on the disk, and no other';
my $there = there();
note 'ledger: in Redis ', scalar(keys %$there), ', twice ', scalar grep { $_ > 1 } values %$there;
is_deeply [grep { !$there->{$_} } sort keys %acknowledged], [], 'what was acknowledged is there';
cmp_ok $answers{503}, '>', 0, 'what was on no disk was refused';
is_deeply [grep { !/^(?:202|503)$/ } keys %answers], [], 'and nothing was answered otherwise';
is webhook(), 202, 'all works again';
$t->stop;
done_testing;
