# A mail that comes back: no more goes to a mailbox that is none, whether the
# mail server says so at once or by a notification later.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {mail => {
    from => 'Test Shop <shop@shop.test>', support => 'help@shop.test',
    bounces => 'bounces@shop.test'}})->start;

# what a mail server sends back
sub dsn {
    my ($mail, %o) = @_;
    my ($head) = split /\r\n\r\n/, $t->{sink}->get("/api/messages/$mail->{id}/raw")->body, 2;
    my ($action, $status) = ($o{action} // 'failed', $o{status} // '5.1.1');
    return $t->write('dsn', <<"EOT" =~ s/\n/\r\n/gr);
From: MAILER-DAEMON\@mx.example
To: bounces\@shop.test
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; $o{recipient}
Action: $action
Status: $status
Diagnostic-Code: smtp; 550 5.1.1 no such user

--B
Content-Type: text/rfc822-headers

@{[$o{head} // $head =~ s/\r\n/\n/gr]}

--B--
EOT
}

sub take {
    open my $stdin, '<&', \*STDIN;
    open STDIN, '<', $_[0] or die;
    my ($rc, $out) = $t->ctl('bounce', 'take');
    open STDIN, '<&', $stdin;
    return "$rc $out";
}

my $ada = $t->buy(customer => 'ada');
my $address = $t->record($ada)->{email};
$t->accept($ada);
my ($mail) = $t->mails(1, subject => 'applied');
my $raw = $t->{sink}->get("/api/messages/$mail->{id}/raw")->body;
is $mail->{envelope}{from} // $mail->{from}, 'bounces@shop.test', 'the envelope names where bounces go';
my ($mark) = $raw =~ /^X-Ordersave-Mail:\r\n (\S+)\r$/m;
ok $mark, 'each mail can be known again';
unlike $raw, qr/\Q$address\E.*\Q$address\E.*\Q$address\E/s, 'and says no more of the address than it has to';

# what suppresses nobody
like take(dsn($mail, recipient => $address, action => 'delayed', status => '4.4.1')), qr/^0 passed over/, 'a delay';
like take(dsn($mail, recipient => $address, status => '5.2.2')), qr/^0 passed over/, 'a full mailbox';
like take(dsn($mail, recipient => $address, head => 'Subject: no mail of ours')), qr/^0 passed over: it gives back no mail of ours/,
    'a mail of somebody else';
like take(dsn($mail, recipient => $address, head => 'X-Ordersave-Mail: ' . substr($mark, 0, -1) . ($mark =~ /A\z/ ? 'E' : 'A'))), qr/^0 passed over/, 'a mark that is not signed';
like take($t->write('dsn', "Subject: I am away\r\n\r\nStatus: 5.1.1\r\n")), qr/^0 passed over: it is no delivery/, 'a holiday';
is +($t->ctl('bounce', 'show', $address))[1], "-\n", 'nobody is suppressed by these';

# what does
like take(dsn($mail, recipient => 'another@shop.test')), qr/^0 no mail of shop goes to this address any more/, 'no such mailbox';
is +($t->ctl('bounce', 'show', uc $address))[1], "no mailbox\n", 'whoever the notification names: it is the mail\'s own address';
my $again = $t->buy(customer => 'ada', billing => {email => $address});
$t->accept($again);
ok $t->counted('suppressed', 1), 'no mail goes there';
$t->settled;
is scalar(my @none = $t->mails(1, subject => 'applied')), 1, 'not even one about the order';
$t->tell($again, kind => 'scored', score => 1);
is scalar $t->mails(1, subject => 'support_score'), 1, 'the shop\'s people get theirs';

$t->ctl('bounce', 'clear', $address);
is +($t->ctl('bounce', 'show', $address))[1], "-\n", 'a mistake is taken back';
$again = $t->buy(customer => 'ada', billing => {email => $address});
$t->accept($again);
is scalar $t->mails(2, subject => 'applied'), 2, 'and mails go again';

# at once, when the mail is handed over
my $budi = $t->buy(customer => 'budi');
$t->{sink}->request('POST', '/api/faults', {}, json => {at => 'rcpt', times => 1, reply => '550 5.1.1 no such user'});
$t->accept($budi);
ok $t->counted('bounced', 1), 'a recipient that is refused';
ok $t->wait_for('it', sub { ($t->ctl('bounce', 'show', $t->record($budi)->{email}))[1] eq "no mailbox\n" }), 'is known from then on';
my $grace = $t->buy(customer => 'grace');
$t->{sink}->request('POST', '/api/faults', {}, json => {at => 'rcpt', times => 1, reply => '550 5.2.1 this mailbox is disabled'});
$t->accept($grace);
ok $t->counted('dead', 2), 'one that is refused for another reason';
is +($t->ctl('bounce', 'show', $t->record($grace)->{email}))[1], "-\n", 'is not';

$t->stop;
done_testing;
