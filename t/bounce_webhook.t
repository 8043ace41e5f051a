# A mail service tells by a webhook what came back, or was called spam: through
# nginx, signed, to the worker.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256_hex);
use JSON::PP;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;
my $n = OrderSave::Nginx->new;
$n->{redis_port} = $t->{redis_port};
$n->write('secret', "s3cret\n");
$n->start_nginx(server => join '', map { "location = /in/$_ { ordersave_ingest $_ secret_file=$n->{dir}/secret; }" } qw(postmark sendgrid mailgun generic));

my $json = JSON::PP->new->canonical->utf8;
sub tells {
    my ($source, $said, %o) = @_;
    my $body = $json->encode($said);
    my $token = $source eq 'generic' ? '' : '?token=' . ($o{token} // 's3cret');
    return $n->http('POST', "/in/$source$token", bare => 1, body => $body, headers => ['Content-Type: application/json',
        $source eq 'generic' ? 'X-Ordersave-Signature: sha256=' . hmac_sha256_hex($body, $o{token} // 's3cret') : ()])->{status};
}
sub known { my ($address) = @_; $t->settled; return ($t->ctl('bounce', 'show', $address))[1] =~ s/\n//r }

my $id = 0;
sub postmark { my ($type, $email, %o) = @_; return {RecordType => 'Bounce', ID => ++$id, Type => $type, TypeCode => 1, MessageID => "m$id", Email => $email, From => 'shop@shop.test', BouncedAt => '2026-11-29T10:00:00Z', Inactive => JSON::PP::true, %o} }
sub sendgrid { my ($event, $email, %o) = @_; return {email => $email, event => $event, timestamp => 1_796_000_000, sg_event_id => 'e' . ++$id, sg_message_id => "m.$id", %o} }
sub mailgun { my ($event, $email, %o) = @_; ++$id; return {signature => {timestamp => '1', token => "t$id", signature => 'x'}, 'event-data' => {id => "e$id", event => $event, recipient => $email, %o}} }

is tells(postmark => postmark('HardBounce', 'none@shop.test'), token => 'wrong'), 401, 'a stranger is turned away';
is known('none@shop.test'), '-', 'and nothing is noted';

# what is no matter

my $gone = 'soft@shop.test';
is tells(postmark => postmark($_, $gone)), 202, "postmark: $_" for qw(SoftBounce Transient AutoResponder DMARCPolicy);
is tells(sendgrid => [sendgrid('delivered', $gone), sendgrid('bounce', $gone, type => 'blocked', status => '5.7.1', reason => '550 5.7.1 policy'), sendgrid('bounce', $gone, type => 'blocked'), sendgrid('dropped', $gone)]), 202, 'sendgrid: others';
is tells(mailgun => mailgun('failed', $gone, severity => 'temporary', 'delivery-status' => {code => 452, 'enhanced-code' => '4.2.2'})), 202, 'mailgun: for now';
is tells(mailgun => mailgun('failed', $gone, severity => 'permanent', 'delivery-status' => {code => 554, 'enhanced-code' => '5.7.1'})), 202, 'mailgun: a policy';
is tells(generic => {bounce => {email => $gone, what => 'greylisted'}}), 202, 'generic: another word';
is tells(postmark => postmark('HardBounce', "no address")), 202, 'what is no address';
is known($gone), '-', 'none of them suppresses anybody';

# what does

is tells(postmark => postmark('HardBounce', 'Post@Shop.test')), 202, 'postmark: no mailbox';
is tells(sendgrid => [sendgrid('processed', 'grid@shop.test'), sendgrid('bounce', 'grid@shop.test', type => 'bounce', status => '5.1.1', reason => '550 5.1.1 user unknown')]), 202, 'sendgrid: one of several';
is tells(mailgun => mailgun('failed', 'gun@shop.test', severity => 'permanent', 'delivery-status' => {code => 550, 'enhanced-code' => '5.1.1'})), 202, 'mailgun';
is tells(generic => {bounce => [{email => 'one@shop.test', what => 'mailbox'}, {email => 'two@shop.test', what => 'mailbox'}]}), 202, 'generic: two';
is known("$_\@shop.test"), 'no mailbox', "$_ has none" for qw(post grid gun one two);

# called spam

is tells(postmark => postmark('SpamComplaint', 'ada@shop.test', RecordType => 'SpamComplaint')), 202, 'postmark: a complaint';
is tells(sendgrid => [sendgrid('spamreport', 'bob@shop.test')]), 202, 'sendgrid';
is tells(mailgun => mailgun('complained', 'carl@shop.test')), 202, 'mailgun';
is tells(generic => {bounce => {email => 'dora@shop.test', what => 'complaint'}}), 202, 'generic';
is known("$_\@shop.test"), 'marketing', "no offers to $_" for qw(ada bob carl dora);
is tells(generic => {bounce => {email => 'post@shop.test', what => 'complaint'}}), 202, 'from a mailbox that is none';
is known('post@shop.test'), 'no mailbox', 'takes nothing back';

# and what becomes of mails

my $o = $t->buy(customer => 'ada', billing => {email => 'post@shop.test'});
$t->accept($o);
ok $t->counted('suppressed', 1), 'no mail goes to a mailbox that is none';
$o = $t->buy(customer => 'ada', billing => {email => 'ada@shop.test'});
$t->accept($o);
is scalar $t->mails(1, to => 'ada@shop.test', subject => 'applied'), 1, 'what concerns an order goes to whoever complained';
my (undef, $dead) = $t->ctl('dead', 'list');
is $dead, '', 'nothing is a dead letter';

$t->stop;
$n->stop;
done_testing;
